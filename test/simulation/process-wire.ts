/** The wire between a process and its API server: the server is busy or slow, and watches end at any moment, when they are told to. */
import type { Transport, WireAnswer, WireRequest } from '../../api/client/transport.ts'
import { type Clock, sleep } from '../../lib/clock.ts'
import { Fault } from '../../lib/errors.ts'
import { type Random, randomBelow } from '../../lib/random.ts'
import { millis } from '../../lib/time.ts'
import type { Conditions, WatchEnd } from './conditions.ts'

export interface Wire {
  readonly clock: Clock
  readonly random: Random
  readonly conditions: Conditions
}

const encoder = new TextEncoder()
const tooBusy = { status: 'Failure', reason: 'TooManyRequests', code: 429, message: 'too many requests' }
const gone = { status: 'Failure', reason: 'Expired', code: 410, message: 'too old resource version' }

/** An answer that is all there at once. */
const answered = (status: number, headers: Readonly<Record<string, string>>, body: object): WireAnswer => ({
  status,
  header: (name) => headers[name],
  body: (async function* () {
    yield encoder.encode(JSON.stringify({ kind: 'Status', apiVersion: 'v1', ...body }))
  })(),
  end: () => undefined,
})

/** What a watch that ends in some way still says. */
const lastWords: Readonly<Record<WatchEnd, string>> = {
  inOrder: '',
  expired: `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', apiVersion: 'v1', ...gone } })}\n`,
  inALine: '{"type":"MODIFIED","object":{"kind":',
  cut: '',
}

/** The parts of a watch until it is told to end. */
async function* untilEnded(watch: WireAnswer, ended: Promise<WatchEnd>): AsyncGenerator<Uint8Array, void, void> {
  const parts = watch.body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await Promise.race([parts.next(), ended])
      if (typeof next !== 'string') {
        if (next.done === true) return
        yield next.value
        continue
      }
      if (next === 'cut') throw new Error('the connection was cut')
      if (lastWords[next] !== '') yield encoder.encode(lastWords[next])
      return
    }
  } finally {
    watch.end()
  }
}

/** Sends by `inner` as far as the conditions let it. */
export function processWire(inner: Transport, { clock, random, conditions }: Wire): Transport {
  return {
    async send(request: WireRequest, signal: AbortSignal): Promise<WireAnswer> {
      const { busy, delay } = conditions.server
      if (delay > 0) await sleep(clock, millis(randomBelow(random, delay)), signal)
      if (busy > 0 && random.next() < busy) {
        const retryAfter = randomBelow(random, 4)
        return answered(429, retryAfter === 0 ? {} : { 'retry-after': String(retryAfter) }, tooBusy)
      }
      const answer = await inner.send(request, signal)
      if (delay > 0 && !request.isStream) {
        // what was carried out is told late, perhaps too late
        await sleep(clock, millis(randomBelow(random, delay)), signal).catch(() => {
          answer.end()
          throw new Fault('Timeout', 'no answer; the request was carried out')
        })
      }
      return request.isStream ? { ...answer, body: untilEnded(answer, conditions.watchesEnd) } : answer
    },
  }
}
