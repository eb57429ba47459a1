/** Why a scheduled task runs or does not, how its last run ended, and what its runs under way wait for. */
import { conditionOf, isTrue } from '../../api/meta/conditions.ts'
import { isActiveRun, type ScheduledRun, type ScheduledTask } from '../../api/v1/scheduled-task.ts'
import type { Task } from '../../api/v1/task.ts'
import { missingAdvice } from './advice.ts'
import type { Cause, Explanation } from './explanation.ts'
import { type Around, troublesOf } from './service.ts'

export interface ScheduledTaskFacts extends Around {
  readonly scheduled: ScheduledTask
  /** Those of its runs that are there. */
  readonly tasks: readonly Task[]
}

export function explainScheduledTask(facts: ScheduledTaskFacts): Explanation {
  const { scheduled } = facts
  const { name } = scheduled.metadata
  const object = `scheduledtask/${name}`
  const ready = conditionOf(scheduled.status?.conditions, 'Ready')
  if (ready === undefined || scheduled.status?.observedGeneration !== scheduled.metadata.generation) {
    const message = 'no controller has looked at this version of it; is a control plane or an operator running?'
    const causes = [{ of: object, reason: 'NotObserved', message }]
    return {
      object,
      state: 'NotObserved',
      summary: `Scheduled task ${name} waits for its controller.`,
      causes,
      advice: [],
    }
  }
  const isStalled = isTrue(scheduled.status?.conditions, 'Stalled')
  const [says, advice] = verdictOf(scheduled, ready.reason, isStalled)
  const isQuiet = ready.reason === 'Scheduled' || ready.reason === 'LastRun'
  const own: readonly Cause[] = isQuiet
    ? []
    : [{ of: object, reason: ready.reason, message: ready.message, at: ready.lastTransitionTime }]
  const missed = missedOf(scheduled)
  const runs = runsOf(facts)
  return {
    object,
    state: isStalled ? 'Stalled' : ready.reason,
    summary: `Scheduled task ${name} ${says}.`,
    causes: [...own, ...missed, ...runs.causes],
    advice: [...new Set([...advice, ...(missed.length === 0 ? [] : [missedAdvice]), ...runs.advice])],
  }
}

/** What it does, in words, and what to do about it. */
function verdictOf({ metadata, spec, status }: ScheduledTask, reason: string, isStalled: boolean) {
  const { name } = metadata
  const now = `Run it now all the same: gantry schedule run ${name}`
  const { taskDefinition } = spec.taskTemplate
  const next = status?.nextScheduleTime
  const says = (what: string, ...advice: readonly string[]): readonly [string, readonly string[]] => [what, advice]
  if (isStalled) {
    const known = missingAdvice(taskDefinition, reason)
    return says('cannot run', ...(known.length > 0 ? known : ['Correct what is named above, and apply it again.']))
  }
  switch (reason) {
    case 'Suspended':
      return says('is suspended', `Let it be due again: gantry schedule resume ${name}`, now)
    case 'RunWaiting':
      return says(
        'has a run that waits for another to end',
        'Wait, or stop the tasks of the one under way: gantry stop TASK. concurrencyPolicy: Allow runs both, Replace stops the older one.',
      )
    case 'Completed': {
      const never = status?.lastScheduleTime === undefined
      return says(
        never ? 'has never been due: its time was over when it was made' : 'is not due any more',
        `Give it a time to come in spec.schedule or spec.endDate. ${now}`,
      )
    }
    case 'WaitingForTaskDefinition':
      return says('waits for its task definition')
    default:
      return says(next === undefined ? 'is in its last run' : `is due next at ${next}`)
  }
}

/** A time that no run was started for, when it is the newest. */
function missedOf({ metadata, status }: ScheduledTask): readonly Cause[] {
  const { lastMissedTime: missed, lastScheduleTime: ran } = status ?? {}
  if (missed === undefined || (ran !== undefined && ran >= missed)) return []
  const message = `no run was started for ${missed}: nobody could start it before it was too late`
  return [{ of: `scheduledtask/${metadata.name}`, reason: 'RunMissed', message, at: missed }]
}
const missedAdvice = 'See whether a control plane ran at that time, or raise startingDeadlineSeconds.'

/** Runs under way that are not as they should be, and the last one that ended, when it failed. */
function runsOf({ scheduled, tasks, ...around }: ScheduledTaskFacts): Pick<Explanation, 'causes' | 'advice'> {
  const runs = scheduled.status?.runs ?? []
  const newestFirst = (a: ScheduledRun, b: ScheduledRun): number => (a.scheduledTime < b.scheduledTime ? 1 : -1)
  const [last] = runs.filter((run) => !isActiveRun(run)).toSorted(newestFirst)
  const told = [...runs.filter(isActiveRun).toSorted(newestFirst), ...(last?.status === 'FAILED' ? [last] : [])].map(
    (run) => {
      const { causes: because, advice } = troublesOf(
        around,
        tasks.filter(({ metadata }) => run.tasks.includes(metadata.name)),
      )
      const isNews = run.status !== 'PENDING' && run.status !== 'RUNNING'
      const of = `run ${run.name}`
      const cause: Cause = {
        of,
        reason: run.status,
        message: runMessage(run),
        at: run.endedAt ?? run.startedAt,
        because,
      }
      return isNews || because.length > 0 ? { cause, advice } : undefined
    },
  )
  const known = told.filter((one) => one !== undefined)
  return { causes: known.map(({ cause }) => cause), advice: known.flatMap(({ advice }) => advice) }
}

function runMessage({ status, attempt, reason = 'its tasks did not end well', nextAttemptAt }: ScheduledRun): string {
  switch (status) {
    case 'RETRYING':
      return `attempt ${attempt} failed: ${reason}; the next begins at ${nextAttemptAt}`
    case 'STOPPING':
      return `its tasks are being stopped: ${reason}`
    case 'FAILED':
      return `it failed${attempt > 1 ? ` in attempt ${attempt}` : ''}: ${reason}`
    default:
      return `attempt ${attempt} is under way`
  }
}
