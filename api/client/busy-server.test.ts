/** Patience with a server that is busy, and the pace that keeps it from being so; on a virtual clock. */
import { expect, it } from 'vitest'
import { seededRandom } from '../../lib/random.ts'
import { seconds } from '../../lib/time.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import type { Transport } from './transport.ts'

const never = new AbortController().signal
const call = { method: 'POST', path: '/x', body: {} } as const

interface Answered {
  readonly status: number
  readonly retryAfter?: string
}

/** Answers in turn, the last for ever; notes when each request came, in seconds from the start. */
function aServer(answers: readonly Answered[], options: Partial<ConnectionOptions> = {}) {
  const clock = new VirtualClock()
  const start = clock.now()
  const came: number[] = []
  const transport: Transport = {
    async send() {
      const { status, retryAfter } = answers[Math.min(came.length, answers.length - 1)] as Answered
      came.push((clock.now() - start) / 1000)
      const body = (async function* () {
        yield Buffer.from(JSON.stringify({ kind: 'Status', code: status, message: 'said so' }))
      })()
      const header = (name: string) => (name === 'retry-after' ? retryAfter : undefined)
      return { status, header, body, end: () => undefined }
    },
  }
  return { clock, came, connection: new Connection(transport, { clock, random: seededRandom(1), ...options }) }
}

it('asks a busy server again, not before it said', async () => {
  const { clock, came, connection } = aServer([{ status: 429, retryAfter: '3' }, { status: 200 }])
  const asked = connection.json(call, never)
  await clock.advance(seconds(2.9))
  expect(came).toHaveLength(1)
  await clock.advance(seconds(1))
  await expect(asked).resolves.toMatchObject({ code: 200 })
  expect(came).toHaveLength(2)
})

it('asks later and later when it does not say, and then gives up', async () => {
  const { clock, came, connection } = aServer([{ status: 429 }])
  const refused = expect(connection.json(call, never)).rejects.toMatchObject({ code: 'TooManyRequests' })
  await clock.advance(seconds(120))
  await refused
  expect(came).toHaveLength(10)
  const pauses = came.slice(1).map((at, i) => at - (came[i] as number))
  expect(pauses[0]).toBeLessThan(0.6)
  expect(pauses.at(-1)).toBeGreaterThan(8)
})

it('repeats nothing that a server may have begun', async () => {
  const { came, connection } = aServer([{ status: 503, retryAfter: '1' }])
  await expect(connection.json(call, never)).rejects.toMatchObject({ code: 'Unavailable' })
  expect(came).toHaveLength(1)
})

it('waits no longer when nobody wants the answer any more', async () => {
  const { clock, came, connection } = aServer([{ status: 429, retryAfter: '20' }])
  const stop = new AbortController()
  const asked = expect(connection.json(call, stop.signal)).rejects.toThrow('enough')
  await clock.advance(seconds(1))
  stop.abort(new Error('enough'))
  await asked
  expect(came).toHaveLength(1)
})

it('sends a burst at once and the rest at its pace', async () => {
  const { clock, came, connection } = aServer([{ status: 200 }], { rate: { perSecond: 10, burst: 5 } })
  const all = Promise.all(Array.from({ length: 10 }, () => connection.json(call, never)))
  await clock.advance(seconds(1))
  await all
  expect(came.map((at) => Math.round(at * 10) / 10)).toEqual([0, 0, 0, 0, 0, 0.1, 0.2, 0.3, 0.4, 0.5])
})
