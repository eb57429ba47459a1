/** Cuts a watch's byte stream into its JSON lines, strictly: what cannot be read breaks the watch, nothing is skipped. */
import { type Clock, deadline } from '../../lib/clock.ts'
import { Fault, messageOf } from '../../lib/errors.ts'
import type { Millis } from '../../lib/time.ts'
import { limits } from './limits.ts'
import type { WireAnswer } from './transport.ts'

export interface RawEvent {
  readonly type: string
  readonly object: unknown
}

/** Ends when the server ended the stream in good order. Faults: Unavailable when it broke, is silent or makes no sense. */
export async function* watchLines(
  stream: WireAnswer,
  { clock, idle }: { readonly clock: Clock; readonly idle: Millis },
  signal: AbortSignal,
): AsyncGenerator<RawEvent, void, void> {
  const parts = stream.body[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  try {
    for (;;) {
      const { done, value } = await nextPart(stream, parts, { clock, idle }, signal)
      if (done === true) break
      rest = rest.length === 0 ? Buffer.from(value) : Buffer.concat([rest, value])
      let start = 0
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
        if (end > start) yield parse(rest.subarray(start, end))
        start = end + 1
      }
      rest = rest.subarray(start)
      if (rest.length > limits.watchLine) throw new Fault('Unavailable', 'a line of the watch is too long')
    }
    if (rest.length > 0) throw new Fault('Unavailable', 'the watch ended in the middle of a line')
  } finally {
    stream.end()
  }
}

async function nextPart(
  stream: WireAnswer,
  parts: AsyncIterator<Uint8Array>,
  { clock, idle }: { readonly clock: Clock; readonly idle: Millis },
  signal: AbortSignal,
): Promise<IteratorResult<Uint8Array>> {
  const limit = deadline(clock, idle, signal, () => new Fault('Unavailable', 'the watch is silent'))
  const cut = (): void => stream.end(new Error('the watch is silent'))
  limit.signal.addEventListener('abort', cut, { once: true })
  try {
    return await parts.next()
  } catch (error) {
    signal.throwIfAborted()
    throw new Fault('Unavailable', `the watch broke: ${messageOf(error)}`, { cause: error })
  } finally {
    limit.signal.removeEventListener('abort', cut)
    limit.done()
  }
}

function parse(line: Buffer): RawEvent {
  try {
    const event = JSON.parse(line.toString('utf8')) as Partial<RawEvent> | null
    if (typeof event?.type !== 'string') throw new Error('it has no type')
    return { type: event.type, object: event.object }
  } catch (cause) {
    throw new Fault('Unavailable', `a line of the watch cannot be read: ${messageOf(cause)}`, { cause })
  }
}
