/** What services are like in a simulation, as data made from the seed. */
import { type Random, randomBelow } from '../../lib/random.ts'
import { pick } from './pick.ts'

export interface ServiceShape {
  readonly name: string
  /** One task on each instance; `desired` and `max` mean nothing then. */
  readonly daemon?: true
  readonly desired: number
  readonly min: number
  readonly max: number
  readonly spread: boolean
  /** The circuit breaker, if any. */
  readonly breaker: Breaker | undefined
  /** `minReadySeconds`. */
  readonly ready: number | undefined
  readonly steps: Steps | undefined
  readonly hook: HookShape | undefined
}

/** A lifecycle hook: waits for a person, or runs a task. */
export interface HookShape {
  readonly type: 'PAUSE' | 'TASK'
  readonly stage: 'PRE_SCALE_UP' | 'POST_SCALE_UP'
  readonly goesOn: boolean
  readonly retries: number
  readonly script: string
}

/** Shifts so many percent at a time, and watches that, and all in the end, for so many minutes. */
export interface Steps {
  readonly strategy: 'ROLLING' | 'CANARY' | 'LINEAR'
  readonly percent: number
  readonly stepBake: number
  readonly bake: number
}

/** What is kept of a service's past: of an odd one next to nothing, so that it goes within the simulation. */
export const retentionOf = ({ desired }: ServiceShape) =>
  desired % 2 === 0
    ? { stoppedTasks: { ttlSeconds: 604_800, limit: 50 }, deployments: { ttlSeconds: 604_800, limit: 10 } }
    : { stoppedTasks: { ttlSeconds: 5, limit: 2 }, deployments: { ttlSeconds: 5, limit: 1 } }

export interface Breaker {
  readonly rollback: boolean
  readonly cumulative: boolean
  /** Failures that trip it; undefined: ECS's default. */
  readonly count: number | undefined
}

export function breakerOf(random: Random): Breaker | undefined {
  if (randomBelow(random, 5) < 2) return undefined
  return {
    rollback: randomBelow(random, 4) !== 0,
    cumulative: randomBelow(random, 4) === 0,
    count: pick(random, [undefined, undefined, 1, 2, 5]),
  }
}

const hookOf = (random: Random): HookShape | undefined =>
  randomBelow(random, 3) !== 0
    ? undefined
    : {
        type: pick(random, ['PAUSE', 'TASK', 'TASK']),
        stage: pick(random, ['PRE_SCALE_UP', 'PRE_SCALE_UP', 'POST_SCALE_UP']),
        goesOn: randomBelow(random, 2) === 0,
        retries: randomBelow(random, 2),
        script: pick(random, ['exit:0 after:5s', 'exit:0 after:20s', 'exit:3 after:2s', 'start:fail', '', '']),
      }

const stepsOf = (random: Random): Steps | undefined =>
  randomBelow(random, 5) < 3
    ? undefined
    : {
        strategy: pick(random, ['ROLLING', 'CANARY', 'CANARY', 'LINEAR']),
        percent: pick(random, [10, 34, 50]),
        stepBake: randomBelow(random, 2),
        bake: randomBelow(random, 2),
      }

export function shapeOf(random: Random, name: string, hostPort: number, instances: number): ServiceShape {
  const spread = randomBelow(random, 2) === 0
  const ready = pick(random, [undefined, undefined, 0, 5, 5])
  const watch = { breaker: breakerOf(random), ready, steps: stepsOf(random), hook: hookOf(random) }
  // With a fixed host port each instance holds one task: leave room for a rollout to move.
  if (hostPort !== 0)
    return { name, desired: 1 + randomBelow(random, instances - 1), min: 50, max: 100, spread, ...watch }
  const desired = randomBelow(random, 7)
  const [min, max] = pick(random, [
    [100, 200],
    [100, 200],
    [50, 150],
    [0, 100],
    [75, 125],
    [100, 150],
    [50, 200],
    [80, 134],
  ]) as [number, number]
  // A rollout that may neither stop nor start anything cannot move: one task must always be allowed to.
  const stuck = Math.ceil((desired * min) / 100) === desired && Math.floor((desired * max) / 100) === desired
  return { name, desired, min, max: stuck ? 200 : max, spread, ...watch }
}
