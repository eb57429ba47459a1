/** What only a real connection can suffer: cut, silent, slow. */
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { dockerEngine } from '../../controllers/agent/engine/docker.ts'
import type { Engine, EngineEvent } from '../../controllers/agent/engine/engine.ts'
import { systemClock } from '../../lib/clock.ts'
import { isFault } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { millis, seconds } from '../../lib/time.ts'
import { until } from '../until.ts'
import { ensureTestImage, testImage } from './busybox-image.ts'
import { type EngineProxy, engineProxy } from './engine-proxy.ts'

const label = { 'dev.gantry.outage': String(process.pid) }
/** Past the proxy. */
const direct = dockerEngine({ clock: systemClock, random: systemRandom, log: silentLogger })
let proxy: EngineProxy
let engine: Engine
let life: AbortController
let seen: EngineEvent[]
let wake: () => void
let reading: Promise<void>

beforeAll(() => ensureTestImage())
beforeEach(async () => {
  proxy = await engineProxy()
  engine = dockerEngine({
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    socketPath: proxy.socketPath,
    limits: {
      eventsIdle: millis(200),
      ping: seconds(1),
      inspect: millis(300),
      reconnect: { first: millis(20), factor: 2, most: millis(50) },
    },
  })
  life = new AbortController()
  seen = []
  wake = () => undefined
})
afterEach(async () => {
  for (const { id } of await direct.list(label, life.signal)) await direct.remove(id, life.signal)
  life.abort(new Error('test over'))
  await reading
  await proxy.close()
})

function follow(): void {
  reading = (async () => {
    for await (const event of engine.events(label, life.signal)) {
      seen.push(event)
      wake()
    }
  })().catch((error: unknown) => {
    if (!life.signal.aborted) throw error
  })
}
/** Every event looks again: nothing is polled. */
const seenThat = async (holds: () => boolean): Promise<void> => {
  while (!holds())
    await new Promise<void>((resolve) => {
      wake = resolve
    })
}
const resyncs = (): number => seen.filter(({ type }) => type === 'resync').length
const start = async (): Promise<string> => {
  const { id } = await engine.create(
    {
      name: `gantry-outage-${process.pid}`,
      image: testImage,
      labels: label,
      environment: [],
      command: ['/bin/sh', '-c', 'sleep 60'],
      networkMode: 'none',
      ports: [],
      stopTimeout: seconds(1),
    },
    life.signal,
  )
  await engine.start(id, life.signal)
  return id
}

it('connects again after a cut and asks for a new list; what it missed is in it', async () => {
  follow()
  await seenThat(() => resyncs() === 1)
  const id = await start()
  await seenThat(() => seen.some(({ type }) => type === 'started'))
  proxy.cut()
  await direct.kill(id, 'SIGKILL', life.signal)
  await expect(engine.inspect(id, life.signal)).rejects.toSatisfy((error) => isFault(error, 'Unavailable'))
  proxy.heal()
  await seenThat(() => resyncs() === 2)
  expect(await engine.list(label, life.signal)).toMatchObject([{ id, status: 'exited', exitCode: 137 }])
  expect(seen.some(({ type }) => type === 'died')).toBe(false)
})

it('notices an engine that is silent without closing', async () => {
  follow()
  await seenThat(() => resyncs() === 1)
  proxy.silence()
  const before = proxy.requests('/version')
  await until('the engine is asked again', () => proxy.requests('/version') > before)
  proxy.heal()
  await seenThat(() => resyncs() === 2)
})

it('does not take a quiet engine for a dead one', async () => {
  follow()
  await seenThat(() => resyncs() === 1)
  await until('it was asked three times', () => proxy.requests('/_ping') >= 3)
  expect(resyncs()).toBe(1)
})

it('gives up a call that takes too long, by its ECS name', async () => {
  reading = Promise.resolve()
  await engine.info(life.signal)
  proxy.silence()
  await expect(engine.inspect('0123456789ab', life.signal)).rejects.toThrow(
    'DockerTimeoutError: Could not transition to inspected; timed out after waiting 0s',
  )
})

it('waits for an engine that is not there yet', async () => {
  proxy.cut()
  follow()
  await expect(engine.info(life.signal)).rejects.toSatisfy((error) => isFault(error, 'Unavailable'))
  proxy.heal()
  await seenThat(() => resyncs() === 1)
  expect((await engine.info(life.signal)).cpus).toBeGreaterThan(0)
})

it('speaks the version that the engine knows', async () => {
  reading = Promise.resolve()
  const { apiVersion } = await engine.info(life.signal)
  expect(proxy.requests(`/v${apiVersion}/info`)).toBe(1)
})
