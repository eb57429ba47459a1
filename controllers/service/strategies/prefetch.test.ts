import { describe, expect, it } from 'vitest'
import type { ContainerInstance } from '../../../api/v1/container-instance.ts'
import { aContainer, aContainerInstance, aService, aServiceRevision } from '../../../test/builders/kinds.ts'
import { prefetchOf, prefetchText } from './prefetch.ts'

type Status = NonNullable<ContainerInstance['status']>

const definition = { containerDefinitions: [aContainer({ image: 'web:2' }), aContainer({ name: 'b', image: 'log:1' })] }
const revision = aServiceRevision()
const target = { revision, definition }
const images = ['log:1', 'web:2']
const asked: Status['prefetch'] = [{ service: 'web', images, revisionUid: revision.metadata.uid }]
const here: Status['images'] = images.map((image) => ({ image, pulledAt: '2026-01-01T00:00:00Z' }))
const failed: Status['images'] = [
  { image: 'log:1', pulledAt: '2026-01-01T00:00:00Z' },
  { image: 'web:2', reason: 'CannotPullContainerError: not found' },
]
const host = (name: string, status: Status = {}, spec: Partial<ContainerInstance['spec']> = {}) =>
  aContainerInstance({ name, spec, status: { images: [], ...status } })

interface Case {
  readonly when: string
  readonly hosts: readonly ContainerInstance[]
  /** Where old tasks run. */
  readonly old?: readonly string[]
  readonly roomAbove?: boolean
  readonly holds: boolean
  readonly asks?: readonly string[]
}

describe('before the first old task stops', () => {
  it.each<Case>([
    { when: 'nobody was asked', hosts: [host('one'), host('two')], holds: true, asks: ['one pulls', 'two pulls'] },
    { when: 'all were asked', hosts: [host('one', { prefetch: asked })], holds: true },
    { when: 'all is there', hosts: [host('one', { prefetch: asked, images: here })], holds: false },
    {
      when: 'something else was asked before',
      hosts: [host('one', { prefetch: [{ service: 'web', images: ['web:1'] }], images: here })],
      holds: false,
      asks: ['one pulls'],
    },
    {
      when: 'it cannot be pulled where the old tasks are',
      hosts: [host('one', { prefetch: asked, images: failed })],
      holds: true,
    },
    {
      when: 'it cannot be pulled on another instance',
      hosts: [host('one', { prefetch: asked, images: here }), host('two', { prefetch: asked, images: failed })],
      holds: false,
    },
    {
      when: 'another instance is still at it',
      hosts: [host('one', { prefetch: asked, images: here }), host('two', { prefetch: asked })],
      holds: true,
    },
    {
      when: 'another instance drains, or is not heard',
      hosts: [
        host('one', { prefetch: asked, images: here }),
        host('two', {}, { status: 'DRAINING' }),
        host('three', { agentConnected: false }),
      ],
      holds: false,
    },
    { when: 'its agent pulls nothing ahead', hosts: [host('one', { images: undefined })], holds: false },
    {
      when: 'there is room to start first',
      hosts: [host('one', { prefetch: asked })],
      roomAbove: true,
      holds: false,
      asks: ['one rests'],
    },
    {
      when: 'no old task works',
      hosts: [host('one', { prefetch: asked })],
      old: [],
      holds: false,
      asks: ['one rests'],
    },
  ])('$when: holds $holds', ({ hosts, old = ['one'], roomAbove = false, holds, asks = [] }) => {
    const decided = prefetchOf({
      service: aService(),
      target: roomAbove ? undefined : target,
      old: old.map((instance) => ({ instance })),
      instances: () => hosts,
      asked: hosts.filter(({ status }) => status?.prefetch !== undefined),
    })
    expect(decided.holds).toBe(holds)
    expect(
      decided.asks.map((ask) => `${ask.instance.metadata.name} ${ask.wants !== undefined ? 'pulls' : 'rests'}`),
    ).toEqual(asks)
  })

  it('asks those with old tasks first, and only some of the others', () => {
    const hosts = Array.from({ length: 40 }, (_, n) => host(`i-${10 + n}`))
    const facts = { service: aService(), target, old: [{ instance: 'i-49' }], instances: () => hosts, asked: [] }
    const names = prefetchOf(facts).asks.map(({ instance }) => instance.metadata.name)
    expect(names).toHaveLength(20)
    expect(names.slice(0, 2)).toEqual(['i-49', 'i-10'])
  })

  it('asks for digests that are known', () => {
    const containerImages = [{ containerName: 'b', image: 'log:1', imageDigest: 'sha256:1' }]
    const known = { ...target, revision: aServiceRevision({ status: { containerImages } }) }
    const facts = { service: aService(), target: known, old: [{ instance: 'one' }], asked: [] }
    const [ask] = prefetchOf({ ...facts, instances: () => [host('one')] }).asks
    expect(ask?.wants?.images).toEqual(['log@sha256:1', 'web:2'])
  })

  it('says what is in the way', () => {
    const of = (one: ContainerInstance) =>
      prefetchText(
        prefetchOf({
          service: aService(),
          target,
          old: [{ instance: 'one' }],
          instances: () => [one],
          asked: [one],
        }),
      )
    expect(of(host('one', { prefetch: asked }))).toBe('Its images are being pulled before a task stops for it, on one.')
    expect(of(host('one', { prefetch: asked, images: failed }))).toBe(
      'No task was stopped for it: one cannot pull web:2: CannotPullContainerError: not found',
    )
  })
})
