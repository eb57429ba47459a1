/** Follows a run that was asked for, from its beginning to its end. */
import { conditionOf } from '../../api/meta/conditions.ts'
import type { ObjectKey } from '../../api/meta/object.ts'
import { isActiveRun, type ScheduledRun, ScheduledTask } from '../../api/v1/scheduled-task.ts'
import { type Cancel, deadline } from '../../lib/clock.ts'
import { Fault } from '../../lib/errors.ts'
import { Scope } from '../../lib/scope.ts'
import type { Millis } from '../../lib/time.ts'
import { limits } from '../limits.ts'
import { runText } from '../output/runs.ts'
import type { Session } from '../session.ts'
import { tellPlaces } from './tell-places.ts'

export interface FollowOptions {
  /** Until it has ended, not only until it has begun. */
  readonly wait: boolean
  /** Give up after so long. */
  readonly timeout: Millis
  /** Hears what happens meanwhile; how it comes out is the answer. */
  tell(text: string): void
}

/** In the words of its conditions, when no run of it can begin as it is. */
function stuck({ metadata, status }: ScheduledTask): string | undefined {
  const stalled = conditionOf(status?.conditions, 'Stalled')
  return stalled?.status === 'True' && status?.observedGeneration === metadata.generation ? stalled.message : undefined
}

/** The run that `request` made, as it begins; with `wait` as it ended. Faults: Timeout, NotFound, Conflict when none can begin. */
export async function followRun(
  { client, clock, signal: outer }: Pick<Session, 'client' | 'clock' | 'signal'>,
  { namespace, name }: ObjectKey,
  request: string,
  { wait, timeout, tell }: FollowOptions,
): Promise<ScheduledRun> {
  const title = `scheduledtasks.gantry.dev "${name}"`
  let last: ScheduledRun | undefined
  let stands = 'the run has not begun'
  const late = (): Fault => new Fault('Timeout', `after ${timeout / 1000} s: ${stands}`)
  const limit = deadline(clock, timeout, outer, late)
  const over = new AbortController()
  const signal = AbortSignal.any([limit.signal, over.signal])
  await using followed = new Scope(signal)
  let state = new AbortController()
  const scope = { namespace, fieldSelector: `metadata.name=${name}` }
  let patience: Cancel | undefined
  let hindrance: string | undefined

  /** Says what keeps the run from beginning, and gives up on it unless that goes away soon. */
  function heed(why: string | undefined): void {
    if (why !== undefined && why !== hindrance) tell(`scheduled task ${name} is stalled: ${why}`)
    hindrance = why
    if (why === undefined) {
      patience?.()
      patience = undefined
    } else {
      const text = (): string => `the run has not begun: ${hindrance}. It begins once that is mended.`
      patience ??= clock.after(limits.stalledWait, () => over.abort(new Fault('Conflict', text())))
    }
  }

  /** Says how the run stands, until it stands otherwise. */
  function report(run: ScheduledRun): void {
    state.abort(new Error('the run stands otherwise'))
    state = new AbortController()
    const now = state.signal
    stands = runText(run)
    const say = (text: string): void => {
      stands = text
      tell(text)
    }
    if (run.status !== 'RUNNING') tell(stands)
    else followed.go('places', (s) => tellPlaces(client, namespace, run, say, AbortSignal.any([s, now])))
  }

  /** What is known now; undefined while there is more to wait for. */
  function outcome(scheduled: ScheduledTask): ScheduledRun | undefined {
    const { status } = scheduled
    if (status?.lastRunRequest !== request && last === undefined) {
      heed(stuck(scheduled))
      return undefined
    }
    heed(undefined)
    const isIt = (run: ScheduledRun): boolean =>
      last === undefined
        ? run.trigger === 'Manual' && run.scheduledTime === status?.lastRequestTime
        : run.name === last.name
    const run = status?.runs?.find(isIt)
    // Where no history is kept, a run that is over is not there any more.
    if (run === undefined) throw new Fault('NotFound', 'the run is over, and no history of it is kept')
    const isNews = last?.status !== run.status || last.attempt !== run.attempt
    last = run
    if (!wait || !isActiveRun(run)) return run
    if (isNews) report(run)
    return undefined
  }

  try {
    for (;;) {
      const { items, resourceVersion } = await client.list(ScheduledTask, scope, signal)
      const [item] = items
      if (item === undefined) throw new Fault('NotFound', `${title} not found`)
      const run = outcome(item)
      if (run !== undefined) return run
      for await (const event of client.watch(ScheduledTask, { ...scope, resourceVersion }, signal)) {
        if (event.type === 'BOOKMARK') continue
        if (event.type === 'DELETED') throw new Fault('NotFound', `${title} was deleted`)
        const seen = outcome(event.object)
        if (seen !== undefined) return seen
      }
    }
  } catch (error) {
    throw signal.aborted && !outer.aborted ? signal.reason : error
  } finally {
    patience?.()
    limit.done()
  }
}
