/** Runs a controller in the real runtime on the API of a test, for as long as the test runs. */
import { onTestFinished } from 'vitest'
import { limits } from '../../api/server/limits.ts'
import type { Controller, Deps } from '../../controllers/runtime/controller.ts'
import { runControllers } from '../../controllers/runtime/run.ts'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { plus, seconds } from '../../lib/time.ts'
import { settle } from '../../lib/virtual-clock.ts'
import type { TestClient } from './test-client.ts'

/** Turns of the event loop without a write, after which nothing is under way but what waits for time. */
const quietTurns = 12
/** How often a server may have more to tell its watches; what takes longer does not come to rest. */
const mostMoments = 100

/** Lets everything come to rest that needs no more time than a server takes to tell its watches. */
export async function calm(client: Pick<TestClient, 'clock' | 'activity'>): Promise<void> {
  const { clock } = client
  for (let moment = 0; moment < mostMoments; moment += 1) {
    for (let quiet = 0, before = ''; quiet < quietTurns; quiet += 1) {
      await settle()
      if (client.activity !== before) quiet = 0
      before = client.activity
    }
    if ((clock.next() ?? Number.POSITIVE_INFINITY) > plus(clock.now(), limits.watchGap)) return
    await clock.step()
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
