/** What users do in a simulation, as data made from the seed: services of all shapes, and changes at bad moments. */
import { type Random, randomBelow } from '../../lib/random.ts'
import { type Millis, millis } from '../../lib/time.ts'
import type { DefinitionStep } from './definition-step.ts'
import type { Timed } from './faults.ts'
import type { RevisionStep } from './revisions.ts'
import type { ScheduleStep } from './schedules.ts'

export interface ServiceShape {
  readonly name: string
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

export type Step =
  | ScheduleStep
  | DefinitionStep
  | RevisionStep
  | { readonly step: 'service'; readonly shape: ServiceShape }
  | { readonly step: 'scale'; readonly service: string; readonly desired: number }
  /** Goes to the `back`-th revision before the newest, by number; 0: follows the newest again. */
  | { readonly step: 'revert'; readonly service: string; readonly back: number }
  /** Asks to end what is in progress, where it is or by going back. */
  | { readonly step: 'abort' | 'rollback'; readonly service: string }
  /** Asks to wait no longer in the present step. */
  | { readonly step: 'promote'; readonly service: string }
  /** Answers the hooks that wait for a person. */
  | { readonly step: 'answer'; readonly service: string; readonly action: 'CONTINUE' | 'ROLLBACK' }
  | { readonly step: 'pause' | 'unpause'; readonly service: string }
  /** A new deployment of the same thing. */
  | { readonly step: 'restart'; readonly service: string }
  | { readonly step: 'deleteService'; readonly service: string }
  | { readonly step: 'drain' | 'activate'; readonly instance: string }
  /** A person says that the machine is gone; nothing, when it is not. */
  | { readonly step: 'deregister'; readonly instance: string }
  /** Standalone tasks of a family, with overrides. */
  | {
      readonly step: 'run'
      readonly unique: string
      readonly family: string
      readonly count: number
      readonly memory: number
      readonly image: string
      readonly script: string
    }
  /** Other bytes under the same tag. */
  | { readonly step: 'push'; readonly image: string }
  | { readonly step: 'stopTask'; readonly service: string; readonly nth: number }
  /** Protects a task of the service; 0 minutes: no longer. */
  | { readonly step: 'protect'; readonly service: string; readonly nth: number; readonly minutes: number }
  /** Resumes what is paused, and raises the maximum of services whose rollout may neither stop nor start a task. */
  | { readonly step: 'unblock' }
  /** Gives families definitions that work, and lets services follow them; `all`: also those that rest after a failed deployment. */
  | { readonly step: 'repair'; readonly all: boolean }
  /** Restarts services whose deployment failed; `all`: also those that rest on what was before. */
  | { readonly step: 'retry'; readonly all: boolean }

export interface ScenarioPlan {
  readonly instances: readonly string[]
  /** Changes happen within this time. */
  readonly within: Millis
  readonly changes: number
}

export const pick = <T>(random: Random, from: readonly T[]): T => from[randomBelow(random, from.length)] as T

export const images = ['web:1', 'web:2', 'api:1', 'worker:7'] as const

/** Lives of containers that a service can run with. */
const goodScripts = [
  '',
  '',
  'stop:2s',
  'start:1s',
  'start:500ms stop:5s',
  'stop:never',
  'health:2s',
  'health:8s stop:1s',
]
/** Lives of containers that fail at once, after a while, or never get healthy. */
const badScripts = [
  'exit:1',
  'exit:1 after:2s',
  'exit:0 after:15s',
  'start:fail',
  'create:fail',
  'health:never',
  'oom:3s',
]

/** Lives of containers that end, one way or the other. */
const jobScripts = ['exit:0 after:5s', 'exit:3', 'exit:0 after:20s stop:3s', 'start:fail', 'oom:4s']

export const isBad = (script: string): boolean => badScripts.includes(script)

export function definition(random: Random, family: string, hostPort: number, bad = 4): Step {
  return {
    step: 'taskDefinition',
    family,
    image: pick(random, images),
    memory: pick(random, [32, 64, 128]),
    cpu: pick(random, [0, 64, 128]),
    hostPort,
    // one in so many does not work
    script: pick(random, randomBelow(random, bad) === 0 ? badScripts : goodScripts),
    checked: randomBelow(random, 3) === 0,
    sidecar: randomBelow(random, 4) === 0,
  }
}

function breakerOf(random: Random): Breaker | undefined {
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
        script: pick(random, ['exit:0 after:5s', 'exit:0 after:20s', 'exit:3 after:2s', 'start:fail']),
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

function shapeOf(random: Random, name: string, hostPort: number, instances: number): ServiceShape {
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

/** One to three services, then changes; in order of time. */
export function scenarioFrom(random: Random, plan: ScenarioPlan): readonly Timed<Step>[] {
  const services = Array.from({ length: 1 + randomBelow(random, 3) }, (_, n) => ({
    name: ['shop', 'api', 'jobs'][n] as string,
    hostPort: randomBelow(random, 4) === 0 ? 8080 + n : 0,
  }))
  const migrate = {
    ...definition(random, 'migrate', 0),
    script: '',
    checked: false,
    sidecar: false,
    memory: 16,
    cpu: 0,
  }
  const steps: Timed<Step>[] = [{ at: millis(0), what: migrate as Step }]
  const served: Timed<Step>[] = services.flatMap(({ name, hostPort }) => {
    const at = millis(randomBelow(random, 5000))
    const shape = shapeOf(random, name, hostPort, plan.instances.length)
    const later = millis(40_000 + randomBelow(random, 60_000))
    return [
      { at, what: definition(random, name, hostPort) },
      { at, what: { step: 'service', shape } },
      // when the first one has mostly come to rest
      { at: later, what: definition(random, name, hostPort, 2) },
    ]
  })
  steps.push(...served)
  for (let n = 0; n < plan.changes; n += 1) {
    const service = pick(random, services)
    const at = millis(2000 + randomBelow(random, plan.within - 2000))
    steps.push({ at, what: change(random, service, plan) })
  }
  // drawn last, so that a seed's other steps stay as they are
  for (let n = randomBelow(random, plan.changes); n > 0; n -= 3) {
    const at = millis(2000 + randomBelow(random, plan.within - 2000))
    steps.push({ at, what: run(random, pick(random, services).name) })
  }
  for (let n = randomBelow(random, plan.changes); n > 0; n -= 1) {
    const at = millis(2000 + randomBelow(random, plan.within - 2000))
    const service = pick(random, services).name
    steps.push({ at, what: { step: 'protect', service, nth: randomBelow(random, 5), minutes: randomBelow(random, 5) } })
  }
  for (let n = randomBelow(random, 4); n > 0; n -= 1) {
    const at = millis(2000 + randomBelow(random, plan.within - 2000))
    steps.push(...request(random, pick(random, services).name, at))
  }
  for (let n = 4 + randomBelow(random, 12); n > 0; n -= 1) {
    const at = millis(2000 + randomBelow(random, plan.within - 2000))
    steps.push({ at, what: { step: 'push', image: pick(random, images) } })
  }
  return steps.sort((a, b) => a.at - b.at)
}

/** What a person wants of a rollout, some seconds after something began one or at any moment. */
function request(random: Random, service: string, at: Millis): readonly Timed<Step>[] {
  const step = pick(random, ['abort', 'rollback', 'pause', 'promote', 'answer'] as const)
  const restarted = { at, what: { step: 'restart' as const, service } }
  const later = millis(at + randomBelow(random, 6000))
  if (step === 'answer') {
    const action = pick(random, ['CONTINUE', 'CONTINUE', 'ROLLBACK'] as const)
    return [restarted, { at: later, what: { step, service, action } }]
  }
  const asked = { at: later, what: { step, service } }
  const begins = randomBelow(random, 2) === 0 ? [restarted] : []
  if (step !== 'pause') return [...begins, asked]
  const resumed = { at: millis(asked.at + randomBelow(random, 60_000)), what: { step: 'unpause' as const, service } }
  return [...begins, asked, resumed]
}

const run = (random: Random, family: string): Step => ({
  step: 'run',
  unique: `job${randomBelow(random, 1e9)}`,
  family,
  count: 1 + randomBelow(random, 3),
  memory: pick(random, [16, 48, 200]),
  image: pick(random, images),
  script: pick(random, jobScripts),
})

function change(
  random: Random,
  { name, hostPort }: { name: string; hostPort: number },
  { instances }: ScenarioPlan,
): Step {
  switch (
    pick(random, [
      'update',
      'update',
      'update',
      'revert',
      'revert',
      'restart',
      'scale',
      'scale',
      'recreate',
      'delete',
      'drain',
      'activate',
      'stopTask',
    ])
  ) {
    case 'update':
      return definition(random, name, hostPort)
    case 'scale': {
      const desired = hostPort === 0 ? randomBelow(random, 9) : randomBelow(random, instances.length)
      return { step: 'scale', service: name, desired }
    }
    case 'recreate':
      return { step: 'service', shape: shapeOf(random, name, hostPort, instances.length) }
    case 'revert':
      return { step: 'revert', service: name, back: randomBelow(random, 3) }
    case 'restart':
      return { step: 'restart', service: name }
    case 'delete':
      return { step: 'deleteService', service: name }
    case 'stopTask':
      return { step: 'stopTask', service: name, nth: randomBelow(random, 5) }
    case 'drain':
      return { step: 'drain', instance: pick(random, instances) }
    default:
      return { step: 'activate', instance: pick(random, instances) }
  }
}
