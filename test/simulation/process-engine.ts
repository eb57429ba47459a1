/** An agent's hold on its machine: slow when told to, and gone when the agent's process dies; the machine lives on. */
import type { Engine } from '../../controllers/agent/engine/engine.ts'
import { sleep } from '../../lib/clock.ts'
import { randomBelow } from '../../lib/random.ts'
import { millis } from '../../lib/time.ts'
import type { Line } from './process-client.ts'

/** Longest usual time of an engine call, in ms. */
const usual = 30

export function processEngine(inner: Engine, line: Line, onChange: () => void): Engine {
  const { clock, random, conditions, life } = line
  async function call<T>(outer: AbortSignal, request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.any([outer, life])
    signal.throwIfAborted()
    await sleep(clock, millis(1 + randomBelow(random, usual) + conditions.engineDelay), signal)
    const answer = await request(signal)
    onChange()
    life.throwIfAborted()
    return answer
  }
  return {
    info: (signal) => call(signal, (s) => inner.info(s)),
    ensureImage: (image, onPull, signal) => call(signal, (s) => inner.ensureImage(image, onPull, s)),
    registryDigest: (image, signal) => call(signal, (s) => inner.registryDigest(image, s)),
    create: (spec, signal) => call(signal, (s) => inner.create(spec, s)),
    start: (id, signal) => call(signal, (s) => inner.start(id, s)),
    stop: (id, timeout, signal) => call(signal, (s) => inner.stop(id, timeout, s)),
    kill: (id, name, signal) => call(signal, (s) => inner.kill(id, name, s)),
    remove: (id, signal) => call(signal, (s) => inner.remove(id, s)),
    list: (labels, signal) => call(signal, (s) => inner.list(labels, s)),
    inspect: (id, signal) => call(signal, (s) => inner.inspect(id, s)),
    events: (labels, signal) => inner.events(labels, AbortSignal.any([signal, life])),
    logs: (id, options, signal) => inner.logs(id, options, AbortSignal.any([signal, life])),
  }
}
