/**
 * When the next task of a slot may start, read from how the last one of that slot ended. The history is a chain: each task
 * carries in annotations how often its slot had failed before it, so neither memory nor a counter that could be counted
 * twice is needed, only the newest attempt of each slot.
 */
import { stopReasons } from '../../../api/v1/stop-reasons.ts'
import { hasRun, isStopped, isStopping, type Task } from '../../../api/v1/task.ts'
import { backoffDelay } from '../../../lib/backoff.ts'
import { between, type Instant, instant, parseTimestamp, plus } from '../../../lib/time.ts'
import { crashBackoff, ranWell, startBackoff } from '../limits.ts'

/** On a Task: tasks in a row before it in its slot that stopped without having been RUNNING. */
export const startFailuresAnnotation = 'gantry.dev/start-failures'
/** On a Task: tasks in a row before it in its slot that ended soon after RUNNING. */
export const crashesAnnotation = 'gantry.dev/crashes'

export interface SlotHistory {
  /** Failed starts in a row. */
  readonly startFailures: number
  /** Quick ends in a row. */
  readonly crashes: number
  /** The next task must not start before; undefined: at once. */
  readonly notBefore: Instant | undefined
  readonly failedAt: Instant | undefined
}

const clean: SlotHistory = { startFailures: 0, crashes: 0, notBefore: undefined, failedAt: undefined }

const carried = (task: Task, annotation: string): number => {
  const n = Number(task.metadata.annotations?.[annotation] ?? 0)
  return Number.isSafeInteger(n) && n > 0 ? n : 0
}

/** When its work ended: its essential container's end if known. */
const endOf = ({ status, metadata }: Task): Instant =>
  parseTimestamp(status?.executionStoppedAt ?? status?.stoppedAt ?? status?.stoppingAt) ??
  parseTimestamp(metadata.creationTimestamp ?? undefined) ??
  instant(0)

/** Ends that are nobody's failure: somebody asked for it, or the machine went away. */
function isNeutral(task: Task): boolean {
  const code = task.status?.stopCode ?? task.spec.stopCode
  if (code === 'EssentialContainerExited' || code === 'TaskFailedToStart') return false
  if (code === 'ServiceSchedulerInitiated')
    return (task.spec.stoppedReason ?? task.status?.stoppedReason) !== stopReasons.failedHealthChecks
  return code !== undefined || task.spec.desiredStatus === 'STOPPED' || task.metadata.deletionTimestamp !== undefined
}

/**
 * The history of a slot whose newest task is `newest`. What ended before `since`, when the present deployment began, does
 * not count: a deployment starts afresh (ecs-core 5.7).
 */
export function slotHistory(newest: Task | undefined, since: Instant): SlotHistory {
  if (newest === undefined) return clean
  const startFailures = carried(newest, startFailuresAnnotation)
  const crashes = carried(newest, crashesAnnotation)
  if (!isStopped(newest) && !isStopping(newest))
    return { ...clean, startFailures: hasRun(newest) ? 0 : startFailures, crashes }
  const failedAt = endOf(newest)
  if (isNeutral(newest) || failedAt < since) return clean
  const startedAt = parseTimestamp(newest.status?.startedAt)
  if (startedAt === undefined) {
    const failures = startFailures + 1
    return {
      startFailures: failures,
      crashes,
      notBefore: plus(failedAt, backoffDelay(startBackoff, failures)),
      failedAt,
    }
  }
  if (between(startedAt, failedAt) >= ranWell) return clean
  const notBefore = plus(startedAt, backoffDelay(crashBackoff, crashes))
  return { startFailures: 0, crashes: crashes + 1, notBefore, failedAt }
}
