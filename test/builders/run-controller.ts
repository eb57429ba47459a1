/** Runs a controller in the real runtime on the API of a test, for as long as the test runs. */
import { onTestFinished } from 'vitest'
import type { Controller, Deps } from '../../controllers/runtime/controller.ts'
import { runControllers } from '../../controllers/runtime/run.ts'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { millis, seconds } from '../../lib/time.ts'
import { settle, type VirtualClock } from '../../lib/virtual-clock.ts'
import type { TestClient } from './test-client.ts'

/** Lets everything come to rest that needs no more than a moment: a server gathers for 10 ms what it tells watches. */
export async function calm({ clock }: { readonly clock: VirtualClock }): Promise<void> {
  for (let n = 0; n < 5; n += 1) {
    for (let turn = 0; turn < 10; turn += 1) await settle()
    await clock.advance(millis(11))
  }
}

/** Starts a controller on the client's own clock, and waits until it rests; `end` stops it before the test ends. */
export async function runController(
  client: TestClient,
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
  await calm(client)
  return { end }
}
