/** Runs controllers in the real runtime on a client in memory, for as long as the test runs. */
import { onTestFinished } from 'vitest'
import type { Controller, Deps } from '../../controllers/runtime/controller.ts'
import { runControllers } from '../../controllers/runtime/run.ts'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { seconds } from '../../lib/time.ts'
import { settle } from '../../lib/virtual-clock.ts'
import type { MemoryClient } from './memory-client.ts'

/** Lets everything come to rest that needs no timer. */
export async function calm(): Promise<void> {
  for (let n = 0; n < 30; n += 1) await settle()
}

/** Starts a controller on the client's own clock, and waits until it rests; `end` stops it before the test ends. */
export async function runOnMemory(
  client: MemoryClient,
  make: (d: Deps) => Controller,
): Promise<{ readonly end: () => Promise<void> }> {
  const stop = new AbortController()
  const ended = runControllers(
    {
      client,
      clock: client.clock,
      random: seededRandom(1),
      log: silentLogger,
      identity: 'test',
      component: 'test',
      make: (d) => [make(d)],
    },
    stop.signal,
  )
  const end = async (): Promise<void> => {
    stop.abort()
    await client.clock.advance(seconds(1))
    await ended
  }
  onTestFinished(end)
  await calm()
  return { end }
}
