/** A tag that moves in a real registry: the tasks of a deployment run the same bytes, and a restart takes the new ones. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import type { Task } from '../../api/v1/task.ts'
import { ImageRegistry } from '../conformance/image-registry.ts'
import { docker, ensureImage } from '../local-image.ts'
import { until } from '../until.ts'
import { Gantry, service, taskDefinition } from './cli-gantry.ts'

const release = (n: number): string => `gantry-test/release:${n}`
let registry: ImageRegistry
let gantry: Gantry
beforeAll(async () => {
  for (const n of [1, 2])
    await ensureImage(release(n), {
      programs: ['/bin/busybox'],
      links: Object.fromEntries(['sh', 'sleep'].map((applet) => [`/bin/${applet}`, 'busybox'])),
      files: { '/release': `${n}\n` },
    })
  registry = await ImageRegistry.start()
  gantry = await Gantry.up()
})
afterAll(async () => {
  await gantry[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
  await forget()
  for (const n of [1, 2]) await docker.getImage(release(n)).remove()
})

const name = 'gantry/release:1'
/** Takes all that came from the registry off the engine; what runs goes on. */
async function forget(): Promise<void> {
  const own = `${registry.host}/gantry/release`
  for (const { RepoTags, RepoDigests } of await docker.listImages())
    for (const reference of [...(RepoTags ?? []), ...(RepoDigests ?? [])])
      if (reference.startsWith(own))
        await docker
          .getImage(reference)
          .remove({ force: true })
          .catch(() => undefined)
}

/** What runs, once so many do: the release's number and the digest that the API tells, of each task. */
async function running(count: number): Promise<readonly string[]> {
  let found: readonly string[] = []
  await until(`${count} tasks run`, async () => {
    const { items } = await gantry.json<{ readonly items: readonly Task[] }>('get', 'tasks')
    const live = items.filter(
      ({ spec, status }) => spec.desiredStatus === 'RUNNING' && status?.lastStatus === 'RUNNING',
    )
    const containers = await docker.listContainers({
      filters: { label: [`gantry.dev/container-instance=${gantry.instance}`] },
    })
    found = await Promise.all(
      containers.map(async ({ Labels, ImageID }) => {
        const task = live.find(({ metadata }) => metadata.name === Labels['gantry.dev/task'])
        return `${await releaseOf(ImageID)} ${task?.status?.containers?.[0]?.imageDigest}`
      }),
    )
    return live.length === count && found.length === count
  })
  return found.toSorted()
}
async function releaseOf(image: string): Promise<number> {
  const ids = await Promise.all([1, 2].map(async (n) => (await docker.getImage(release(n)).inspect()).Id))
  return 1 + ids.indexOf(image)
}

it('is resolved once for each deployment', { timeout: 180_000 }, async () => {
  const image = await registry.publish(release(1), name)
  const first = await registry.digestOf(name)
  await gantry.apply(`${taskDefinition('release').replace('gantry/bookstore:1', image)}---\n${service('release', 2)}`)
  expect(await running(2)).toEqual([`1 ${first}`, `1 ${first}`])
  const { status } = await gantry.json<ServiceRevision>('get', 'servicerevision', 'release-1')
  expect(status?.containerImages).toEqual([{ containerName: 'main', image, imageDigest: first }])

  // other bytes under the same tag, and an engine that has neither
  await registry.publish(release(2), name)
  const second = await registry.digestOf(name)
  expect(second).not.toBe(first)
  await forget()
  await gantry.apply(service('release', 4))
  expect(await running(4)).toEqual(Array(4).fill(`1 ${first}`))
  expect((await gantry.run('describe', 'servicerevision', 'release-1')).out).toContain(first ?? '?')

  // an engine whose tag is of old: the registry is asked
  await docker.getImage(release(1)).tag({ repo: `${registry.host}/gantry/release`, tag: '1' })
  expect((await gantry.run('restart', 'release')).code).toBe(0)
  await until('the new deployment is through', async () => {
    const { status: next } = await gantry
      .json<ServiceRevision>('get', 'servicerevision', 'release-2')
      .catch(() => ({ status: undefined }))
    return next?.healthyCount === 4
  })
  expect(await running(4)).toEqual(Array(4).fill(`2 ${second}`))

  // what is here is not asked for again
  await registry[Symbol.asyncDispose]()
  const [task] = (await gantry.json<{ readonly items: readonly Task[] }>('get', 'tasks')).items.filter(
    ({ spec }) => spec.desiredStatus === 'RUNNING',
  )
  await gantry.run('stop', task?.metadata.name ?? '?')
  await until('it is replaced', async () => {
    const { items } = await gantry.json<{ readonly items: readonly Task[] }>('get', 'tasks')
    return items
      .filter(({ status: now }) => now?.lastStatus === 'RUNNING')
      .every(({ metadata }) => metadata.name !== task?.metadata.name)
  })
  expect(await running(4)).toEqual(Array(4).fill(`2 ${second}`))
})
