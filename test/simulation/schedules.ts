/** Scheduled tasks in a simulation: what users do with them, as data made from the seed, and doing it. */
import type { Draft } from '../../api/meta/object.ts'
import { ScheduledTask } from '../../api/v1/scheduled-task.ts'
import { isFault, unreachable } from '../../lib/errors.ts'
import { type Random, randomBelow } from '../../lib/random.ts'
import { type Millis, millis, plus, timestamp } from '../../lib/time.ts'
import type { DefinitionStep } from './definition-step.ts'
import type { Timed } from './faults.ts'
import { pick } from './pick.ts'
import { cluster, type World } from './world.ts'

export type ScheduleStep =
  | {
      readonly step: 'schedule'
      readonly name: string
      /** `at`: due once, so long after the beginning. */
      readonly schedule: string | { readonly at: Millis }
      readonly policy: 'Allow' | 'Forbid' | 'Replace'
      readonly retries: number
      readonly count: number
      /** Seconds that a run may take. */
      readonly deadline: number
      readonly startingDeadline: number | undefined
    }
  | { readonly step: 'runNow'; readonly name: string; readonly request: string }
  | { readonly step: 'suspend' | 'resume' | 'deleteSchedule'; readonly name: string }
  /** Nothing is due any more. */
  | { readonly step: 'suspendAll' }

const signal = new AbortController().signal

/** Lives of containers that end by themselves, by failure, or not before they are stopped. */
const scripts = [
  'exit:0 after:5s',
  'exit:0 after:20s',
  'exit:0 after:70s',
  'exit:1 after:3s',
  'start:fail',
  '',
  'stop:never',
]

const policies = ['Allow', 'Forbid', 'Forbid', 'Replace'] as const

/** None to two scheduled tasks, and changes of them within a time. */
export function schedulesFrom(random: Random, within: Millis): readonly Timed<ScheduleStep | DefinitionStep>[] {
  const steps: Timed<ScheduleStep | DefinitionStep>[] = []
  for (const name of ['hourly', 'nightly'].slice(0, randomBelow(random, 3))) {
    const at = millis(randomBelow(random, 20_000))
    const once = { at: millis(30_000 + randomBelow(random, within - 30_000)) }
    const shape = {
      step: 'schedule',
      name,
      schedule: pick(random, ['rate(1 minute)', 'cron(* * * * ? *)', '*/1 * * * *', once]),
      policy: pick(random, policies),
      retries: randomBelow(random, 3),
      count: 1 + randomBelow(random, 2),
      deadline: pick(random, [20, 45, 100]),
      startingDeadline: pick(random, [undefined, 15]),
    } as const
    const definition = {
      step: 'taskDefinition',
      family: name,
      image: 'worker:7',
      memory: 32,
      cpu: 0,
      hostPort: 0,
      script: pick(random, scripts),
      checked: false,
      sidecar: randomBelow(random, 4) === 0,
    } as const
    steps.push({ at, what: definition }, { at, what: shape })
    const changes = randomBelow(random, 5)
    for (let n = 0; n < changes; n += 1) {
      const step = pick(random, ['runNow', 'runNow', 'runNow', 'suspend', 'resume', 'deleteSchedule'])
      const change = millis(at + randomBelow(random, within - at))
      steps.push({
        at: change,
        what: step === 'runNow' ? { step, name, request: `r${n}` } : ({ step, name } as ScheduleStep),
      })
      if (step === 'deleteSchedule')
        steps.push({ at: millis(Math.min(within - 1, change + randomBelow(random, 20_000))), what: shape })
    }
  }
  return steps
}

async function create(world: World, step: Extract<ScheduleStep, { step: 'schedule' }>): Promise<void> {
  const { schedule } = step
  const once = typeof schedule === 'string' ? undefined : timestamp(plus(world.startedAt, schedule.at)).slice(0, 19)
  const spec = {
    schedule: typeof schedule === 'string' ? schedule : `at(${once})`,
    concurrencyPolicy: step.policy,
    activeDeadlineSeconds: step.deadline,
    startingDeadlineSeconds: step.startingDeadline,
    retryPolicy: { maximumRetryAttempts: step.retries },
    successfulRunsHistoryLimit: 50,
    failedRunsHistoryLimit: 50,
    taskTemplate: { taskDefinition: step.name, count: step.count },
  }
  await world.user.create(
    ScheduledTask,
    { metadata: { namespace: cluster, name: step.name }, spec } as unknown as Draft<ScheduledTask>,
    signal,
  )
}

export async function performSchedule(world: World, step: ScheduleStep): Promise<void> {
  const { user, model } = world
  const patch = async (name: string, body: object): Promise<void> => {
    await user.patch(ScheduledTask, { namespace: cluster, name }, { type: 'merge', body }, signal)
  }
  switch (step.step) {
    case 'schedule':
      return create(world, step)
    case 'runNow':
      return patch(step.name, { metadata: { annotations: { 'gantry.dev/run-now': step.request } } })
    case 'suspend':
    case 'resume':
      return patch(step.name, { spec: { suspend: step.step === 'suspend' } })
    case 'deleteSchedule':
      return user.delete(ScheduledTask, { namespace: cluster, name: step.name }, {}, signal)
    case 'suspendAll':
      for (const { metadata } of model.all<ScheduledTask>('ScheduledTask')) {
        await patch(metadata.name, { spec: { suspend: true } }).catch((error: unknown) => {
          if (!isFault(error, 'NotFound')) throw error
        })
      }
      return
    default:
      unreachable(step)
  }
}
