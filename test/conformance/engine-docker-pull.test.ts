import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { dockerEngine } from '../../controllers/agent/engine/docker.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { docker } from '../local-image.ts'
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

it('gives up at once on what the registry has not', async () => {
  const pulling = engine.ensureImage(`${registry.host}/gantry/absent:1`, () => undefined, signal)
  await expect(pulling).rejects.toThrow(/^CannotPullContainerError: .*(not found|manifest unknown)/)
})
