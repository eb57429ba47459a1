import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../api/v1/cluster.ts'
import { allKinds } from '../../api/v1/kinds.ts'
import { Fault } from '../../lib/errors.ts'
import { seededRandom } from '../../lib/random.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { type Manifest, readManifests } from '../manifest/manifest.ts'
import { type Applied, type Applier, applyAfterReferences, applyManifest } from './apply.ts'
import { inApplyOrder, inDeleteOrder } from './order.ts'
import { inRolloutOrder } from './rollout-order.ts'

const signal = new AbortController().signal
const cluster = (labels: string): Manifest => {
  const text = `apiVersion: gantry.dev/v1\nkind: Cluster\nmetadata: {name: shop, labels: {${labels}}}\n`
  return readManifests([{ file: 'a.yaml', text }], allKinds)[0] as Manifest
}
/** A client that refuses the first requests of one verb. */
const refusing = async (verb: string, times: number, fault: () => Fault): Promise<TestClient> => {
  const client = await openClient()
  let left = times
  client.interrupt((asked) => (asked === verb && left-- > 0 ? fault() : undefined))
  return client
}
const by = (client: TestClient): Applier => ({ client, clock: client.clock, random: seededRandom(1), signal })
/** What comes of `applied` when its pauses take no time. */
const hurried = async (client: TestClient, applied: Promise<Applied>): Promise<Applied> => {
  let over = false
  const end = applied.finally(() => {
    over = true
  })
  end.catch(() => undefined)
  while (!over) await client.clock.step()
  return end
}
const conflict = () => new Fault('Conflict', 'somebody was faster')

describe('applyManifest', () => {
  it('creates what is not there', async () => {
    const client = await openClient()
    expect(await applyManifest(by(client), cluster('a: x'))).toMatchObject({ result: 'created' })
    expect(client.all(cluster('').kind)).toHaveLength(1)
  })
  it('changes what is there, takes back what it no longer says, and leaves what others set', async () => {
    const client = await openClient()
    const { object } = await applyManifest(by(client), cluster('a: x, b: x'))
    await client.put({ ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, other: 'y' } } })
    const applied = await applyManifest(by(client), cluster('b: z'))
    expect(applied.result).toBe('configured')
    expect((applied.object as Cluster).metadata.labels).toEqual({ b: 'z', other: 'y' })
  })
  it('sends the version it has read', async () => {
    const client = await openClient()
    const { object } = await applyManifest(by(client), cluster('a: x'))
    const bodies: unknown[] = []
    const { patch } = client
    client.patch = (kind, key, what, s) => {
      bodies.push(what.body)
      return patch(kind, key, what, s)
    }
    await applyManifest(by(client), cluster('a: y'))
    expect(bodies).toMatchObject([{ metadata: { resourceVersion: object.metadata.resourceVersion } }])
  })
  it('starts over when somebody else was faster', async () => {
    const client = await refusing('patch', 9, conflict)
    await applyManifest(by(client), cluster('a: x'))
    const applied = hurried(client, applyManifest(by(client), cluster('a: y')))
    expect(await applied).toMatchObject({ result: 'configured' })
  })
  it('pauses between its rounds, longer each time', async () => {
    const client = await refusing('patch', 5, conflict)
    await applyManifest(by(client), cluster('a: x'))
    const before = client.clock.now()
    await hurried(client, applyManifest(by(client), cluster('a: y')))
    expect(client.clock.now() - before).toBeGreaterThanOrEqual((20 + 40 + 80 + 160 + 320) / 2)
  })
  it('patches what somebody else has just created', async () => {
    const client = await openClient()
    let first = true
    client.interrupt(async (verb) => {
      if (verb !== 'create' || !first) return undefined
      first = false
      await client.put({
        apiVersion: 'gantry.dev/v1',
        kind: 'Cluster',
        metadata: { name: 'shop', uid: 'u', resourceVersion: '' },
        spec: {},
      })
      return new Fault('AlreadyExists', 'exists')
    })
    expect(await hurried(client, applyManifest(by(client), cluster('a: x')))).toMatchObject({ result: 'configured' })
  })
  it('gives up in the end', async () => {
    const client = await refusing('patch', 99, conflict)
    await applyManifest(by(client), cluster('a: x'))
    const applied = hurried(client, applyManifest(by(client), cluster('a: y')))
    await expect(applied).rejects.toThrow('somebody was faster')
  })
  it('passes on what the server refuses', async () => {
    const client = await refusing('create', 1, () => new Fault('Invalid', 'no'))
    await expect(applyManifest(by(client), cluster(''))).rejects.toMatchObject({ code: 'Invalid' })
  })
})

describe('applyAfterReferences', () => {
  const missing = () =>
    new Fault('Invalid', 'no', {
      problems: [{ path: 'spec.taskDefinition', message: 'Not found', reason: 'FieldValueNotFound' }],
    })
  it('waits for what it refers to', async () => {
    const client = await refusing('create', 3, missing)
    const applied = applyAfterReferences(by(client), cluster(''))
    for (let i = 0; i < 3; i++) await client.clock.step()
    expect(await applied).toMatchObject({ result: 'created' })
  })
  it('does not wait for ever', async () => {
    const client = await refusing('create', Number.POSITIVE_INFINITY, missing)
    const start = client.clock.now()
    let refusal: unknown
    void applyAfterReferences(by(client), cluster('')).catch((error: unknown) => {
      refusal = error
    })
    while (refusal === undefined) await client.clock.step()
    expect(refusal).toMatchObject({ code: 'Invalid' })
    expect(client.clock.now() - start).toBeLessThan(15_000)
  })
  it('does not wait for anything else', async () => {
    const client = await refusing('create', 1, () => new Fault('Forbidden', 'no'))
    await expect(applyAfterReferences(by(client), cluster(''))).rejects.toMatchObject({
      code: 'Forbidden',
    })
  })
})

describe('the order', () => {
  const of = (...kinds: string[]) => kinds.map((kind) => ({ kind: { kind } }))
  it('has references first, and otherwise keeps what was written', () => {
    const written = of('Task', 'Service', 'TaskDefinition', 'Cluster', 'Service', 'Namespace')
    expect(inApplyOrder(written)).toEqual(of('Namespace', 'Cluster', 'TaskDefinition', 'Task', 'Service', 'Service'))
    expect(inDeleteOrder(written)).toEqual(of('Service', 'Service', 'Task', 'TaskDefinition', 'Cluster', 'Namespace'))
  })
})

describe('a service that is to be rolled out otherwise', () => {
  const parts = {
    definition:
      'kind: TaskDefinition\nmetadata: {name: web}\nspec: {containerDefinitions: [{name: app, image: app:1, memory: 16}]}',
    cluster: 'kind: Cluster\nmetadata: {name: shop}',
    service: 'kind: Service\nmetadata: {name: web, namespace: default}\nspec: {taskDefinition: web, desiredCount: 1',
  }
  const manifests = (...texts: readonly string[]): readonly Manifest[] =>
    inApplyOrder(
      texts.flatMap((text) =>
        readManifests([{ file: 'a.yaml', text: `apiVersion: gantry.dev/v1\n${text}` }], allKinds),
      ),
    )
  const linear = ', deploymentConfiguration: {strategy: LINEAR}}'
  it.each([
    { when: 'comes before the definition that it follows', live: '}', wanted: linear, first: true },
    { when: 'that is scaled only comes after it', live: '}', wanted: ', tags: []}', first: false },
    { when: 'as it is already comes after it', live: linear, wanted: linear, first: false },
    { when: 'that goes back to the defaults comes before it', live: linear, wanted: '}', first: true },
    { when: 'that is new comes after it', live: undefined, wanted: linear, first: false },
    {
      when: 'that follows another one comes after it',
      live: '}',
      wanted: linear,
      first: false,
      other: 'other',
    },
  ])('$when', async ({ live, wanted, first, other = 'web' }) => {
    const client = await openClient()
    for (const one of manifests(parts.definition, ...(live === undefined ? [] : [`${parts.service}${live}`])))
      await applyManifest(by(client), one)
    const service = `${parts.service}${wanted}`.replace('taskDefinition: web', `taskDefinition: ${other}`)
    const order = await inRolloutOrder(client, manifests(parts.cluster, parts.definition, service), signal)
    const rest = first ? ['Service', 'TaskDefinition'] : ['TaskDefinition', 'Service']
    expect(order.map(({ kind }) => kind.kind)).toEqual(['Cluster', ...rest])
  })
})
