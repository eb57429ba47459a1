/** One gRPC stream with one watcher: from its creation to its first failure, with signs of life asked for. */
import type { IWatchRequest, IWatchResponse } from 'etcd3'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/errors.ts'
import { type Millis, millis } from '../../lib/time.ts'
import { expired } from '../faults.ts'
import { limits } from '../limits.ts'
import type { Revision, StoreEvent, WatchBatch } from '../store.ts'
import type { DuplexStream } from './connection.ts'
import { refusal } from './errors.ts'
import { Inbox } from './inbox.ts'
import { etcdLimits } from './limits.ts'
import { eventOf, rangeOf, revisionOf, type WireEvent } from './wire.ts'

export type WatchStream = DuplexStream<IWatchRequest, IWatchResponse>

export interface Watching {
  readonly prefix: string
  readonly after: Revision
  readonly idle: Millis
  /** Whether an answer to our own question for progress proves that everything before it was delivered. */
  readonly trustProgress: boolean
  readonly onCreated: () => void
}

/** The server said nothing though it was asked: the connection is dead, whatever TCP thinks. */
export class SilentStream extends Error {}

/** Answers to a progress request name no watcher. */
const allWatchers = '-1'

export class WatchReader {
  readonly #inbox: Inbox<IWatchResponse>
  readonly #stream: WatchStream
  readonly #watching: Watching

  constructor(stream: WatchStream, clock: Clock, watching: Watching) {
    this.#stream = stream
    this.#watching = watching
    this.#inbox = new Inbox(stream as DuplexStream<never, IWatchResponse>, clock, etcdLimits.watchReadAhead)
  }

  /** Ends the stream; `batches` throws `reason`. */
  stop(reason: unknown): void {
    this.#inbox.fail(reason)
    this.#stream.cancel()
  }

  /** Faults: Expired and Forbidden are for the consumer; anything else thrown means: make another stream. */
  async *batches(): AsyncGenerator<WatchBatch> {
    const { prefix, after, onCreated, trustProgress } = this.#watching
    // One revision early, and skipped again: etcd then says that `after` was compacted away exactly when it was, and
    // its own doubtful case (a delete at the compacted revision itself) is out of reach. 0 would mean "from now on".
    this.#stream.write({
      create_request: {
        ...rangeOf(prefix),
        start_revision: String(Math.max(1, after)),
        progress_notify: true,
        prev_kv: true,
        fragment: true,
      },
    })
    let delivered = after
    let watchId: string | undefined
    let events: StoreEvent[] = []
    for (;;) {
      const response = await this.#next()
      if (response.canceled) throw cancelled(response, after)
      if (response.created) {
        watchId = response.watch_id
        onCreated()
        continue
      }
      for (const event of response.events as unknown as WireEvent[])
        if (revisionOf(event.kv.mod_revision) > delivered) events.push(eventOf(event))
      // One revision may come in pieces; a batch never ends inside one.
      if (response.fragment === true) continue
      // Only what overlaps with the stream before.
      if (events.length === 0 && response.events.length > 0) continue
      const own = response.watch_id === watchId || (trustProgress && response.watch_id === allWatchers)
      const last = events.at(-1)
      if (last !== undefined) delivered = modRevisionOf(last)
      else if (own) delivered = later(delivered, revisionOf(response.header.revision))
      yield { revision: delivered, events }
      events = []
    }
  }

  async #next(): Promise<IWatchResponse & { readonly fragment?: boolean }> {
    const { idle } = this.#watching
    const probe = millis(Math.min(limits.progressInterval, idle / etcdLimits.probesPerIdle))
    for (let waited = 0; waited < idle; waited += probe) {
      const response = await this.#inbox.take(probe)
      if (response !== undefined) return response
      this.#stream.write({ progress_request: {} })
    }
    throw new SilentStream(`no sign of life for ${idle} ms`)
  }
}

const later = (a: Revision, b: Revision): Revision => (a > b ? a : b)

const modRevisionOf = (event: StoreEvent): Revision => (event.type === 'put' ? event.kv.modRevision : event.modRevision)

function cancelled({ compact_revision, cancel_reason }: IWatchResponse, after: Revision): Error {
  if (Number(compact_revision) > 0) return expired(after, revisionOf(compact_revision))
  return (
    refusal(cancel_reason) ?? new Fault('Unavailable', `etcd ended the watch: ${cancel_reason || 'no reason given'}`)
  )
}
