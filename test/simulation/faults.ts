/** Faults as data: what goes wrong, when, and for how long; made from the seed, printable, replayable. */
import { type Random, randomBelow } from '../../lib/random.ts'
import { type Millis, millis } from '../../lib/time.ts'
import { type Flakiness, type ServerState, type WatchEnd, watchEnds } from './conditions.ts'
import { pick } from './pick.ts'

export type SimFault =
  /** The process dies at its n-th write from now. */
  | {
      readonly fault: 'crash'
      readonly process: string
      readonly afterWrites: number
      readonly when: 'before' | 'after'
      readonly downFor: Millis
    }
  | { readonly fault: 'cutOff'; readonly process: string; readonly how: 'errors' | 'hangs'; readonly lasts: Millis }
  /** Watches of one kind deliver nothing, and no bookmark. */
  | { readonly fault: 'staleWatch'; readonly process: string; readonly kind: string; readonly lasts: Millis }
  | {
      /** On the line to the API, or between the controllers' own API server and the store. */
      readonly fault: 'flakyWrites' | 'flakyStore'
      readonly process: string
      readonly flaky: Flakiness
      readonly lasts: Millis
    }
  /** The machine dies with its agent: containers are gone (`wipe`) or dead (`powerCut`). */
  | {
      readonly fault: 'instanceDies'
      readonly instance: string
      readonly how: 'wipe' | 'powerCut'
      readonly downFor: Millis
    }
  /** On the wire of the `kubernetes` client: 429s and slow answers, or the end of all open watches. */
  | { readonly fault: 'serverStrained'; readonly process: string; readonly server: ServerState; readonly lasts: Millis }
  | { readonly fault: 'watchesEnd'; readonly process: string; readonly how: WatchEnd }
  | { readonly fault: 'containersCrash'; readonly instance: string; readonly count: number }
  | { readonly fault: 'imageMissing'; readonly image: string; readonly lasts: Millis }
  | { readonly fault: 'engineDown'; readonly instance: string; readonly lasts: Millis }
  | { readonly fault: 'engineSlow'; readonly instance: string; readonly delay: Millis; readonly lasts: Millis }

export interface Timed<T> {
  readonly at: Millis
  readonly what: T
}

const between = (random: Random, least: number, most: number): Millis =>
  millis(least + randomBelow(random, most - least))

export interface FaultPlan {
  readonly controllers: readonly string[]
  readonly instances: readonly string[]
  readonly images: readonly string[]
  readonly kinds: readonly string[]
  /** Faults begin within this time... */
  readonly within: Millis
  /** ...and mostly around these moments, when there is work to disturb. */
  readonly moments: readonly Millis[]
  readonly count: number
}

/** Names whichever process of the controllers leads when the fault begins. */
export const leader = 'leader'
export const agentOf = (instance: string): string => `agent-${instance}`

/** The faults of one seed, in order of time. */
export function faultsFrom(random: Random, plan: FaultPlan): readonly Timed<SimFault>[] {
  const faults = Array.from({ length: plan.count }, () => ({
    at: whenFrom(random, plan),
    what: oneFault(random, plan),
  }))
  return faults.sort((a, b) => a.at - b.at)
}

/** Faults that only a server at the other end of a wire has. */
export const wireFaultsFrom = (random: Random, plan: FaultPlan): readonly Timed<SimFault>[] =>
  Array.from({ length: plan.count }, () => ({ at: whenFrom(random, plan), what: oneWireFault(random, plan) }))

function oneWireFault(random: Random, { controllers }: FaultPlan): SimFault {
  const process = pick(random, [leader, leader, ...controllers])
  if (randomBelow(random, 2) === 0) return { fault: 'watchesEnd', process, how: pick(random, watchEnds) }
  const server = { busy: random.next() * 0.8, delay: between(random, 0, 4000) }
  return { fault: 'serverStrained', process, server, lasts: between(random, 1000, 40_000) }
}

function whenFrom(random: Random, { within, moments }: FaultPlan): Millis {
  if (moments.length === 0 || randomBelow(random, 4) === 0) return between(random, 0, within)
  const around = pick(random, moments) - 2000 + randomBelow(random, 6000)
  return millis(Math.min(Math.max(0, around), within - 1))
}

function oneFault(random: Random, { controllers, instances, images, kinds }: FaultPlan): SimFault {
  const instance = pick(random, instances)
  // Controllers fail as often as all agents together: their faults are the harder ones.
  const process = randomBelow(random, 2) === 0 ? pick(random, [leader, leader, ...controllers]) : agentOf(instance)
  switch (
    pick(random, [
      'crash',
      'crash',
      'crash',
      'cut',
      'stale',
      'stale',
      'flaky',
      'flaky',
      'instance',
      'containers',
      'engine',
      'image',
    ])
  ) {
    case 'crash':
      return {
        fault: 'crash',
        process,
        afterWrites: randomBelow(random, 12),
        when: pick(random, ['before', 'after']),
        downFor: between(random, 200, 40_000),
      }
    case 'cut':
      return { fault: 'cutOff', process, how: pick(random, ['errors', 'hangs']), lasts: between(random, 500, 50_000) }
    case 'stale':
      return { fault: 'staleWatch', process, kind: pick(random, kinds), lasts: between(random, 500, 90_000) }
    case 'flaky': {
      const flaky = { refuse: random.next() * 0.3, lose: random.next() * 0.3, late: random.next() * 0.2 }
      const fault = process.startsWith('agent') ? 'flakyWrites' : pick(random, ['flakyWrites', 'flakyStore'] as const)
      return { fault, process, flaky, lasts: between(random, 1000, 30_000) }
    }
    case 'instance':
      return {
        fault: 'instanceDies',
        instance,
        how: pick(random, ['wipe', 'powerCut']),
        downFor: between(random, 1000, 80_000),
      }
    case 'containers':
      return { fault: 'containersCrash', instance, count: 1 + randomBelow(random, 3) }
    case 'engine':
      return randomBelow(random, 2) === 0
        ? { fault: 'engineDown', instance, lasts: between(random, 500, 20_000) }
        : { fault: 'engineSlow', instance, delay: between(random, 200, 3000), lasts: between(random, 1000, 30_000) }
    default:
      return { fault: 'imageMissing', image: pick(random, images), lasts: between(random, 1000, 40_000) }
  }
}
