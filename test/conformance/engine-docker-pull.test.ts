import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { dockerEngine } from '../../controllers/agent/engine/docker.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { docker, ensureImage } from '../local-image.ts'
import { ensureTestImage, testImage } from './busybox-image.ts'
import { ImageRegistry } from './image-registry.ts'

const signal = new AbortController().signal
const engine = dockerEngine({ clock: systemClock, random: systemRandom, log: silentLogger })

let registry: ImageRegistry
beforeAll(async () => {
  await ensureTestImage()
  registry = await ImageRegistry.start()
})
afterAll(() => registry[Symbol.asyncDispose]())

/** The test image with one file more. */
async function anotherImage(): Promise<string> {
  const name = 'gantry-test/other:1'
  await ensureImage(name, { programs: ['/bin/busybox'], files: { '/other': 'other\n' } })
  onTestFinished(async () => {
    await docker.getImage(name).remove()
  })
  return name
}

async function published(name: string): Promise<string> {
  const reference = await registry.publish(testImage, name)
  onTestFinished(async () => {
    await docker
      .getImage(reference)
      .remove()
      .catch(() => undefined)
  })
  return reference
}

it('pulls an image that is not there, and tells its digest to all who want it', async () => {
  const reference = await published('gantry/pulled:1')
  let pulls = 0
  const onPull = () => pulls++
  const images = await Promise.all([1, 2, 3].map(() => engine.ensureImage(reference, onPull, signal)))
  expect(pulls).toBe(3)
  const digest = await registry.digestOf('gantry/pulled:1')
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  for (const image of images) expect(image.digest).toBe(digest)
  expect((await docker.getImage(reference).inspect()).Id).toBe(images[0]?.id)
  // It is there now: nobody pulls again, even with the registry away.
  await engine.ensureImage(reference, onPull, signal)
  expect(pulls).toBe(3)
})

it('pulls by digest', async () => {
  await published('gantry/pinned:1')
  const digest = await registry.digestOf('gantry/pinned:1')
  const reference = `${registry.host}/gantry/pinned@${digest}`
  const image = await engine.ensureImage(reference, () => undefined, signal)
  onTestFinished(async () => {
    await docker.getImage(reference).remove()
  })
  expect(image.digest).toBe(digest)
})

it('asks the registry what a tag stands for now, if the image came from one', async () => {
  const reference = await published('gantry/moving:1')
  expect(await engine.registryDigest(reference, signal), 'not here yet').toBeUndefined()
  const { digest } = await engine.ensureImage(reference, () => undefined, signal)
  expect(await engine.registryDigest(reference, signal)).toBe(digest)
  expect(await engine.registryDigest(testImage, signal), 'made here').toBeUndefined()

  await registry.publish(await anotherImage(), 'gantry/moving:1')
  const moved = await registry.digestOf('gantry/moving:1')
  expect(moved).not.toBe(digest)
  await docker
    .getImage(`${registry.host}/gantry/moving@${digest}`)
    .tag({ repo: `${registry.host}/gantry/moving`, tag: '1' })
  expect(await engine.registryDigest(reference, signal)).toBe(moved)
})

it('a registry that is away says nothing', async () => {
  await using other = await ImageRegistry.start()
  const reference = await other.publish(testImage, 'gantry/away:1')
  await engine.ensureImage(reference, () => undefined, signal)
  onTestFinished(async () => {
    await docker.getImage(reference).remove()
  })
  await other[Symbol.asyncDispose]()
  expect(await engine.registryDigest(reference, signal)).toBeUndefined()
})

it('gives up at once on what the registry has not', async () => {
  const pulling = engine.ensureImage(`${registry.host}/gantry/absent:1`, () => undefined, signal)
  await expect(pulling).rejects.toThrow(/^CannotPullContainerError: .*(not found|manifest unknown)/)
})

it('a registry that refuses is a pull that failed, in the same word (ecs-core 4.3)', async () => {
  const server = createServer((_, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="private"' }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const pulling = engine.ensureImage(`${host}/gantry/private:1`, () => undefined, signal)
  await expect(pulling).rejects.toThrow(/^CannotPullContainerError: .*(no basic auth|unauthorized|authentication)/i)
})
