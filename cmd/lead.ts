/** Keeps the controllers of this process in the running for leader, for as long as the process lasts. */
import { type RunOptions, runControllers } from '../controllers/runtime/run.ts'
import { backoffDelay, jittered } from '../lib/backoff.ts'
import { sleep } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import { between } from '../lib/time.ts'
import { limits } from './limits.ts'

/**
 * Runs controllers, and again whenever they end (leadership lost, store away), with back-off, until `signal` aborts.
 * A run that held for longer than the longest back-off counts as good: the next wait is short again.
 */
export async function keepLeading(options: RunOptions, signal: AbortSignal): Promise<void> {
  const { clock, log, random } = options
  for (let failures = 0; !signal.aborted; ) {
    const start = clock.now()
    try {
      await runControllers(options, signal)
    } catch (error) {
      if (signal.aborted) return
      failures = between(start, clock.now()) > limits.leaderRetry.most ? 1 : failures + 1
      log.warn({ err: messageOf(error), failures }, 'controllers ended; they start again')
    }
    if (!signal.aborted)
      await sleep(clock, jittered(backoffDelay(limits.leaderRetry, failures), random), signal).catch(() => undefined)
  }
}
