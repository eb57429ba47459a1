/** Takes keys from a controller's queue, runs its passes, and decides from the outcome or fault when to look again. */
import { type Clock, deadline } from '../../lib/clock.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { Scope } from '../../lib/scope.ts'
import { between } from '../../lib/time.ts'
import type { Controller } from './controller.ts'
import type { RuntimeLimits } from './limits.ts'
import { withPassFields } from './log-context.ts'
import type { PassResult, RuntimeMetrics } from './metrics.ts'
import type { WorkQueue } from './queue.ts'

export interface LoopOptions {
  readonly controller: Controller
  readonly queue: WorkQueue
  readonly clock: Clock
  /** A contextLogger. */
  readonly log: Logger
  readonly metrics: RuntimeMetrics
  readonly limits: Pick<RuntimeLimits, 'reconcile' | 'retry' | 'conflict'>
  /** Numbers the passes of this run of controllers, so that the log lines of one can be found. */
  readonly nextId: () => number
}

/** Runs the controller's workers until the signal aborts, then waits for the passes under way. */
export async function runLoop(options: LoopOptions, signal: AbortSignal): Promise<void> {
  const { controller, queue } = options
  await using scope = new Scope(signal)
  for (let worker = 0; worker < (controller.concurrency ?? 1); worker += 1) {
    scope.go(`${controller.name} worker`, async (s) => {
      for (;;) await onePass(options, await queue.take(s), s)
    })
  }
  await scope.ended
}

async function onePass(options: LoopOptions, key: string, signal: AbortSignal): Promise<void> {
  const { controller, queue, clock, metrics, limits } = options
  const started = clock.now()
  const limit = deadline(clock, limits.reconcile, signal, () => new Fault('Timeout', 'the pass took too long'))
  await withPassFields({ controller: controller.name, key, reconcile: options.nextId() }, async () => {
    let result: PassResult = 'done'
    try {
      const { wakeAt } = await controller.reconcile(key, limit.signal)
      queue.finish(key, wakeAt)
    } catch (error) {
      if (signal.aborted) return
      result = failed(options, key, error)
    }
    metrics.pass(controller.name, result, between(started, clock.now()))
  })
  limit.done()
}

/** Conflict: at once. Invalid and Forbidden: not until something changes. All else: with back-off. */
function failed({ queue, log, limits }: LoopOptions, key: string, error: unknown): PassResult {
  if (!isFault(error) || error.code === 'Internal') {
    const delay = queue.retry(key, limits.retry)
    log.error({ err: error, retryInMs: delay }, 'reconcile failed on a bug')
    return 'bug'
  }
  switch (error.code) {
    case 'Conflict':
      log.debug({ err: error, retryInMs: queue.retry(key, limits.conflict) }, 'reconcile met a newer object')
      return 'conflict'
    case 'Invalid':
    case 'Forbidden':
      queue.finish(key)
      log.error({ err: error, problems: error.problems }, 'reconcile was refused; waiting for a change')
      return 'refused'
    default:
      // Expected kinds of failure: what happened, without where in our code it was noticed.
      log.warn({ code: error.code, why: error.message, retryInMs: queue.retry(key, limits.retry) }, 'reconcile failed')
      return 'failed'
  }
}
