import { describe, expect, it } from 'vitest'
import type { DeploymentConfiguration } from '../../../api/v1/deployment-configuration.ts'
import type { HookDetail } from '../../../api/v1/service-deployment.ts'
import { milliTimestamp, minutes, parseTimestamp, plus } from '../../../lib/time.ts'
import { aService, aServiceDeployment, aTask, aTaskDefinitionRevision } from '../../../test/builders/kinds.ts'
import { builtAt } from '../../../test/builders/object.ts'
import { stateOf } from '../state.ts'
import { hooksNow } from './hooks.ts'

const start = parseTimestamp(builtAt)
const time = (minute: number): string => milliTimestamp(plus(start, minutes(minute)))

type Hook = NonNullable<DeploymentConfiguration['lifecycleHooks']>[number]
const pause = (timeoutConfiguration?: Hook['timeoutConfiguration']): Hook => ({
  targetType: 'PAUSE',
  lifecycleStages: ['PRE_SCALE_UP'],
  ...(timeoutConfiguration === undefined ? {} : { timeoutConfiguration }),
})
const task = (retries = 0, timeoutConfiguration?: Hook['timeoutConfiguration']): Hook => ({
  ...(timeoutConfiguration === undefined ? {} : { timeoutConfiguration }),
  targetType: 'TASK',
  lifecycleStages: ['PRE_SCALE_UP', 'POST_SCALE_UP'],
  hookDetails: { taskDefinition: 'migrate', retries },
})
const waiting: HookDetail = {
  hookId: 'pre-scale-up-0',
  targetType: 'PAUSE',
  lifecycleStage: 'PRE_SCALE_UP',
  status: 'AWAITING_ACTION',
  startedAt: time(0),
  expiresAt: time(60),
  timeoutAction: 'ROLLBACK',
}
const running: HookDetail = {
  hookId: 'pre-scale-up-0',
  targetType: 'TASK',
  lifecycleStage: 'PRE_SCALE_UP',
  status: 'IN_PROGRESS',
  startedAt: time(0),
  attempt: 1,
  task: 'web-d2-pre-scale-up-0-1',
  expiresAt: time(60),
  timeoutAction: 'ROLLBACK',
}
const seen = { ...running, taskUid: 'seen' }

/** How the hook's task is: `exit 3`, `run`, `stopped by a person`; undefined: it is not there. */
function made(name: string, state: string | undefined) {
  if (state === undefined) return []
  const [how, code] = state.split(' ')
  const status =
    how === 'run'
      ? ({ lastStatus: 'RUNNING' } as const)
      : {
          lastStatus: 'STOPPED' as const,
          stopCode: how === 'exit' ? ('EssentialContainerExited' as const) : ('UserInitiated' as const),
          stoppedReason: how === 'exit' ? 'Essential container in task exited' : 'Task stopped by user',
          containers: how === 'exit' ? [{ name: 'app', lastStatus: 'STOPPED' as const, exitCode: Number(code) }] : [],
        }
  return [aTask({ name, metadata: { uid: 'seen' }, status })]
}

interface Case {
  readonly hooks: Hook[]
  readonly details?: HookDetail[]
  readonly answer?: 'CONTINUE' | 'ROLLBACK'
  readonly there?: string
  readonly other?: string
  readonly at?: number
}
function decide({ hooks, details, answer, there, other, at = 1 }: Case) {
  const now = plus(start, minutes(at))
  const service = aService({ spec: { deploymentConfiguration: { lifecycleHooks: hooks } } })
  const first = aServiceDeployment({ owner: service, status: { status: 'STOPPED' } })
  const deployment = aServiceDeployment({
    owner: service,
    spec: {
      deployment: 2,
      ...(answer === undefined ? {} : { hookAnswers: [{ hookId: 'pre-scale-up-0', action: answer }] }),
    },
    status: { status: 'IN_PROGRESS', ...(details === undefined ? {} : { lifecycleHookDetails: details }) },
  })
  const state = stateOf({
    now,
    service,
    revisions: [],
    deployments: [first, deployment],
    tasksOf: () => [],
    hookTasksOf: ({ spec }) =>
      spec.deployment === 1
        ? made('web-d1-pre-scale-up-0-1', other)
        : made(details?.[0]?.task ?? 'web-d2-pre-scale-up-0-1', there),
    definition: () => aTaskDefinitionRevision(),
    instances: () => [],
  })
  const got = hooksNow(state, deployment, 'PRE_SCALE_UP', now)
  const [{ status, task: name, attempt } = { status: undefined }] = got.details
  return {
    is: got.is,
    detail: [status, name, attempt].filter((one) => one !== undefined).join(' '),
    runs: got.run.map((one) => one.name),
    wakes: got.wakeAt === undefined ? undefined : milliTimestamp(got.wakeAt),
    got,
  }
}

describe('hooks of a stage (ecs-core 5.15)', () => {
  it.each<Case & { rule: string; is: string; detail: string; runs?: readonly string[]; wakes?: string }>([
    {
      rule: 'PAUSE waits: timeout default 1440 min',
      hooks: [pause()],
      is: 'waiting',
      detail: 'AWAITING_ACTION',
      wakes: time(1441),
    },
    {
      rule: 'PAUSE waits: timeout 1-20160 min',
      hooks: [pause({ timeoutInMinutes: 5 })],
      is: 'waiting',
      detail: 'AWAITING_ACTION',
      wakes: time(6),
    },
    {
      rule: 'PAUSE: ContinueServiceDeployment CONTINUE',
      hooks: [pause()],
      details: [waiting],
      answer: 'CONTINUE',
      is: 'passed',
      detail: 'SUCCEEDED',
    },
    {
      rule: 'PAUSE: ContinueServiceDeployment ROLLBACK',
      hooks: [pause()],
      details: [waiting],
      answer: 'ROLLBACK',
      is: 'failed',
      detail: 'FAILED',
    },
    {
      rule: 'PAUSE: default timeout action ROLLBACK',
      hooks: [pause()],
      details: [waiting],
      at: 60,
      is: 'failed',
      detail: 'TIMED_OUT',
    },
    {
      rule: 'PAUSE: timeout action CONTINUE',
      hooks: [pause()],
      details: [{ ...waiting, timeoutAction: 'CONTINUE' }],
      at: 60,
      is: 'passed',
      detail: 'TIMED_OUT',
    },
    {
      rule: 'PAUSE: an answer after its time changes nothing',
      hooks: [pause()],
      details: [{ ...waiting, status: 'TIMED_OUT' }],
      answer: 'CONTINUE',
      is: 'failed',
      detail: 'TIMED_OUT',
    },
    {
      rule: 'TASK is named before it is made',
      hooks: [task()],
      is: 'waiting',
      detail: `IN_PROGRESS ${running.task} 1`,
      wakes: time(1441),
    },
    {
      rule: 'TASK is made',
      hooks: [task()],
      details: [running],
      is: 'waiting',
      detail: `IN_PROGRESS ${running.task} 1`,
      runs: ['web-d2-pre-scale-up-0-1'],
      wakes: time(60),
    },
    {
      rule: 'TASK runs',
      hooks: [task()],
      details: [running],
      there: 'run',
      is: 'waiting',
      detail: `IN_PROGRESS ${running.task} 1`,
      wakes: time(60),
    },
    {
      rule: 'TASK did its work',
      hooks: [task()],
      details: [seen],
      there: 'exit 0',
      is: 'passed',
      detail: `SUCCEEDED ${running.task} 1`,
    },
    {
      rule: 'TASK failed',
      hooks: [task()],
      details: [seen],
      there: 'exit 3',
      is: 'failed',
      detail: `FAILED ${running.task} 1`,
    },
    {
      rule: 'TASK was stopped by a person',
      hooks: [task()],
      details: [seen],
      there: 'user',
      is: 'failed',
      detail: `FAILED ${running.task} 1`,
    },
    {
      rule: 'TASK was deleted: it is not made again',
      hooks: [task()],
      details: [seen],
      is: 'failed',
      detail: `FAILED ${running.task} 1`,
    },
    {
      rule: 'TASK failed and may be tried again',
      hooks: [task(1)],
      details: [seen],
      there: 'exit 3',
      is: 'waiting',
      detail: 'IN_PROGRESS web-d2-pre-scale-up-0-2 2',
      wakes: time(60),
    },
    {
      rule: 'TASK failed as often as it may',
      hooks: [task(1)],
      details: [{ ...seen, attempt: 2, task: 'web-d2-pre-scale-up-0-2' }],
      there: 'exit 3',
      is: 'failed',
      detail: 'FAILED web-d2-pre-scale-up-0-2 2',
    },
    {
      rule: 'TASK: timeout as of a pause',
      hooks: [task(0, { timeoutInMinutes: 5 })],
      is: 'waiting',
      detail: `IN_PROGRESS ${running.task} 1`,
      wakes: time(6),
    },
    {
      rule: 'TASK: default timeout action ROLLBACK',
      hooks: [task()],
      details: [seen],
      there: 'run',
      at: 60,
      is: 'failed',
      detail: `TIMED_OUT ${running.task} 1`,
    },
    {
      rule: 'TASK: timeout action CONTINUE',
      hooks: [task()],
      details: [{ ...seen, timeoutAction: 'CONTINUE' }],
      there: 'run',
      at: 60,
      is: 'passed',
      detail: `TIMED_OUT ${running.task} 1`,
    },
    {
      rule: 'TASK: what ended in the last moment did its work',
      hooks: [task()],
      details: [seen],
      there: 'exit 0',
      at: 60,
      is: 'passed',
      detail: `SUCCEEDED ${running.task} 1`,
    },
    {
      rule: 'TASK: no other try after its time',
      hooks: [task(1)],
      details: [seen],
      there: 'exit 3',
      at: 60,
      is: 'failed',
      detail: 'TIMED_OUT web-d2-pre-scale-up-0-2 2',
    },
    {
      rule: 'TASK: what was not made in time is not made',
      hooks: [task()],
      details: [running],
      at: 60,
      is: 'failed',
      detail: `TIMED_OUT ${running.task} 1`,
    },
    {
      rule: 'TASK: what waits for an earlier one waits no longer than that',
      hooks: [task()],
      details: [{ ...running, task: undefined, attempt: undefined }],
      other: 'run',
      at: 60,
      is: 'failed',
      detail: 'TIMED_OUT',
    },
    {
      rule: 'TASK: one from before there were timeouts waits',
      hooks: [task()],
      details: [{ ...seen, expiresAt: undefined }],
      there: 'run',
      at: 10_000,
      is: 'waiting',
      detail: `IN_PROGRESS ${running.task} 1`,
    },
    {
      rule: 'TASK waits for that of an earlier deployment',
      hooks: [task()],
      other: 'run',
      is: 'waiting',
      detail: 'IN_PROGRESS',
      wakes: time(1441),
    },
    {
      rule: 'TASK follows that of an earlier deployment',
      hooks: [task()],
      other: 'exit 0',
      is: 'waiting',
      detail: `IN_PROGRESS ${running.task} 1`,
      wakes: time(1441),
    },
    {
      rule: 'all must pass',
      hooks: [pause(), task()],
      details: [{ ...waiting, status: 'SUCCEEDED' }],
      is: 'waiting',
      detail: `IN_PROGRESS web-d2-pre-scale-up-1-1 1`,
      wakes: time(1441),
    },
    {
      rule: 'one that fails decides',
      hooks: [pause(), task()],
      details: [{ ...waiting, status: 'FAILED' }],
      is: 'failed',
      detail: `IN_PROGRESS web-d2-pre-scale-up-1-1 1`,
      wakes: time(1441),
    },
    {
      rule: 'no hook at this stage',
      hooks: [{ ...pause(), lifecycleStages: ['POST_SCALE_UP'] }],
      is: 'passed',
      detail: '',
    },
    {
      rule: 'AWS_LAMBDA is passed over',
      hooks: [{ hookTargetArn: 'a', lifecycleStages: ['PRE_SCALE_UP'] }],
      is: 'passed',
      detail: '',
    },
  ])('$rule', ({ is, detail, runs = [], wakes, ...given }) => {
    const { got, ...rest } = decide(given)
    const own = got.details.at(-1)
    const said = [own?.status, own?.task, own?.attempt].filter((one) => one !== undefined).join(' ')
    expect({ ...rest, detail: said }).toEqual({ is, detail, runs, wakes })
  })
})

describe('a hook that becomes another one while it goes on', () => {
  it.each([{ at: 1 }, { at: 59 }, { at: 60 }, { at: 61 }])('begins anew, after $at minutes', ({ at }) => {
    const { got } = decide({ hooks: [pause()], details: [seen], there: 'run', at })
    expect(got.is).toBe('waiting')
    expect(got.details).toEqual([seen, expect.objectContaining({ targetType: 'PAUSE', status: 'AWAITING_ACTION' })])
    expect(got.wakeAt).toBe(plus(start, minutes(at + 1440)))
  })

  it('is what it was when it becomes that again', () => {
    const { got } = decide({ hooks: [task()], details: [seen, waiting], there: 'run' })
    expect(got.details).toEqual([waiting, seen])
    expect(got.run).toEqual([])
  })
})
