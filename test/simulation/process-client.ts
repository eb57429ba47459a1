/** The line between one process and the API: it takes time, and everything that can go wrong on it does when told to. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { ListOptions, ResourceClient, WatchEvent } from '../../api/client/client.ts'
import type { Kind } from '../../api/meta/kind.ts'
import type { Resource } from '../../api/meta/object.ts'
import { orAbort } from '../../controllers/runtime/race.ts'
import { type Clock, sleep } from '../../lib/clock.ts'
import { Fault } from '../../lib/errors.ts'
import { type Random, randomBelow } from '../../lib/random.ts'
import { millis } from '../../lib/time.ts'
import type { Conditions } from './conditions.ts'

/** Who is writing, for the store to know. */
export const currentActor = new AsyncLocalStorage<string>()

export interface Line {
  readonly actor: string
  readonly clock: Clock
  readonly random: Random
  readonly conditions: Conditions
  /** Aborts when the process dies: from then on it can do nothing. */
  readonly life: AbortSignal
  /** Kills the process. */
  die(why: string): void
}

/** Longest time that a request or its answer, or an event, is under way, in ms. */
const latency = 12
/** A write that its writer gave up is applied at most so much later, in ms: less than leaseDuration - renewDeadline. */
const lateness = 2500

export function processClient(inner: ResourceClient, line: Line): ResourceClient {
  const { actor, clock, random, conditions, life } = line

  const travel = (signal: AbortSignal): Promise<void> => sleep(clock, millis(1 + randomBelow(random, latency)), signal)

  async function pass(signal: AbortSignal): Promise<void> {
    life.throwIfAborted()
    await travel(signal)
    while (conditions.cutOff === 'hangs') await orAbort(conditions.changed, signal)
    if (conditions.cutOff === 'errors') throw new Fault('Unavailable', 'cut off')
    life.throwIfAborted()
  }

  async function read<T>(outer: AbortSignal, request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.any([outer, life])
    await pass(signal)
    const answer = await currentActor.run(actor, () => request(signal))
    await travel(signal)
    return answer
  }

  async function write<T>(outer: AbortSignal, request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.any([outer, life])
    await pass(signal)
    const crashes = conditions.crash !== undefined && --conditions.crash.writes < 0 ? conditions.crash.when : undefined
    if (crashes === 'before') line.die('before a write')
    life.throwIfAborted()
    const chance = random.next()
    const { refuse, lose, late } = conditions.flaky
    if (chance < refuse) throw new Fault(chance < refuse / 2 ? 'Unavailable' : 'Conflict', 'refused by the simulation')
    if (chance < refuse + late) {
      clock.after(millis(randomBelow(random, lateness)), () => {
        currentActor.run(`late ${actor}`, () => request(new AbortController().signal)).catch(() => undefined)
      })
      throw new Fault('Timeout', 'no answer; the write comes later')
    }
    const answer = await currentActor.run(actor, () => request(signal))
    if (crashes === 'after') line.die('after a write')
    life.throwIfAborted()
    await travel(signal)
    if (chance < refuse + late + lose) throw new Fault('Timeout', 'no answer; the write was applied')
    return answer
  }

  async function* watch<T extends Resource>(
    kind: Kind<T>,
    options: ListOptions & { readonly resourceVersion: string },
    outer: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    const signal = AbortSignal.any([outer, life])
    await pass(signal)
    for await (const event of inner.watch(kind, options, signal)) {
      await travel(signal)
      while (conditions.isStale(kind.kind) || conditions.cutOff === 'hangs') await orAbort(conditions.changed, signal)
      if (conditions.cutOff === 'errors') throw new Fault('Unavailable', 'cut off')
      yield event
    }
  }

  return {
    get: (kind, key, signal) => read(signal, (s) => inner.get(kind, key, s)),
    list: (kind, options, signal) => read(signal, (s) => inner.list(kind, options, s)),
    watch,
    create: (kind, object, signal) => write(signal, (s) => inner.create(kind, object, s)),
    update: (kind, object, signal) => write(signal, (s) => inner.update(kind, object, s)),
    updateStatus: (kind, object, signal) => write(signal, (s) => inner.updateStatus(kind, object, s)),
    finalize: (kind, object, signal) => write(signal, (s) => inner.finalize(kind, object, s)),
    patch: (kind, key, patch, signal) => write(signal, (s) => inner.patch(kind, key, patch, s)),
    apply: (kind, wanted, options, signal) => write(signal, (s) => inner.apply(kind, wanted, options, s)),
    delete: (kind, key, options, signal) => write(signal, (s) => inner.delete(kind, key, options, s)),
  }
}
