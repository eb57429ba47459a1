/** Which bytes tasks get from a registry whose tags move. */
import { expect, it } from 'vitest'
import { Fault } from '../../lib/errors.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { fakeEngine } from './engine/fake.ts'
import { Images } from './images.ts'

const signal = new AbortController().signal
const nothing = (): void => undefined
const settledBy = 'uid-1'

/** A registry with the tag `app:1`, and agents on machines of their own; `local:1` is on each of them only. */
function aRegistry() {
  const registry: { tag: string | undefined; asked: number } = { tag: 'sha256:1', asked: 0 }
  const clock = new VirtualClock()
  const anAgent = () => {
    const registryDigest = (image: string): string | undefined => (image === 'app:1' ? registry.tag : undefined)
    const engine = fakeEngine({ clock, images: ['local:1'], registryDigest })
    const counted = {
      ...engine,
      registryDigest: (image: string, s: AbortSignal) => {
        registry.asked += 1
        return engine.registryDigest(image, s)
      },
    }
    return { engine, images: new Images(counted) }
  }
  return { registry, anAgent }
}

it('a machine that has the image of the tag asks what it stands for now, once for all that share the answer', async () => {
  const { registry, anAgent } = aRegistry()
  const { images } = anAgent()
  await images.ensure({ image: 'app:1' }, nothing, signal)
  registry.tag = 'sha256:2'
  registry.asked = 0
  const wanted = { image: 'app:1', settledBy }
  const found = await Promise.all([1, 2, 3].map(() => images.ensure(wanted, nothing, signal)))
  registry.tag = 'sha256:3'
  found.push(await images.ensure(wanted, nothing, signal))
  const second = { reference: 'app@sha256:2', digest: 'sha256:2' }
  expect(found).toEqual([second, second, second, second])
  expect(registry.asked).toBe(1)
  expect(await images.ensure({ image: 'app:1', settledBy: 'uid-2' }, nothing, signal)).toMatchObject({
    digest: 'sha256:3',
  })
})

it('what was just pulled is what the tag stands for, also for those who come later', async () => {
  const { registry, anAgent } = aRegistry()
  const { images } = anAgent()
  const wanted = { image: 'app:1', settledBy }
  expect(await images.ensure(wanted, nothing, signal)).toEqual({ reference: 'app@sha256:1', digest: 'sha256:1' })
  registry.tag = 'sha256:2'
  expect(await images.ensure(wanted, nothing, signal)).toMatchObject({ digest: 'sha256:1' })
})

it('a settled digest is pulled where the tag has moved on', async () => {
  const { registry, anAgent } = aRegistry()
  registry.tag = 'sha256:2'
  const { images } = anAgent()
  let pulls = 0
  const found = await images.ensure({ image: 'app:1', imageDigest: 'sha256:1' }, () => (pulls += 1), signal)
  expect([found, pulls]).toEqual([{ reference: 'app@sha256:1', digest: 'sha256:1' }, 1])
})

it('tasks of nobody use what is there', async () => {
  const { registry, anAgent } = aRegistry()
  const { images } = anAgent()
  await images.ensure({ image: 'app:1' }, nothing, signal)
  registry.tag = 'sha256:2'
  expect(await images.ensure({ image: 'app:1' }, nothing, signal)).toEqual({ reference: 'app:1', digest: 'sha256:1' })
  expect(registry.asked).toBe(0)
})

it('an image that no registry has, and a registry that does not say, leave what is there without a digest', async () => {
  const { registry, anAgent } = aRegistry()
  const { images } = anAgent()
  expect(await images.ensure({ image: 'local:1', settledBy }, nothing, signal)).toEqual({
    reference: 'local:1',
    digest: undefined,
  })
  await images.ensure({ image: 'app:1' }, nothing, signal)
  registry.tag = undefined
  expect(await images.ensure({ image: 'app:1', settledBy }, nothing, signal)).toEqual({
    reference: 'app:1',
    digest: undefined,
  })
})

it('who loses interest takes the answer from nobody, and an engine that is away is asked again', async () => {
  const { anAgent } = aRegistry()
  const { engine, images } = anAgent()
  await images.ensure({ image: 'app:1' }, nothing, signal)
  const leaving = new AbortController()
  const wanted = { image: 'app:1', settledBy }
  const [left, stayed] = [images.ensure(wanted, nothing, leaving.signal), images.ensure(wanted, nothing, signal)]
  leaving.abort(new Fault('Unavailable', 'the task is to stop'))
  await expect(left).rejects.toThrow('the task is to stop')
  expect(await stayed).toMatchObject({ digest: 'sha256:1' })

  engine.setDown(true)
  const later = { image: 'app:1', settledBy: 'uid-2' }
  await expect(images.ensure(later, nothing, signal)).rejects.toThrow('cannot be reached')
  engine.setDown(false)
  expect(await images.ensure(later, nothing, signal)).toMatchObject({ digest: 'sha256:1' })
})
