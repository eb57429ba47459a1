/**
 * Keeps the cache equal to one selection of a kind: list, then watch from there, for as long as the signal lasts. Every
 * way in which a watch can fail ends here: broken, ended, silent, compacted, hung.
 */
import type { ResourceClient, WatchEvent } from '../../api/client/client.ts'
import { groupResource, type Kind } from '../../api/meta/kind.ts'
import type { Resource } from '../../api/meta/object.ts'
import { backoffDelay, jittered } from '../../lib/backoff.ts'
import { type Clock, deadline, sleep } from '../../lib/clock.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Random } from '../../lib/random.ts'
import { between, type Instant, type Millis, millis } from '../../lib/time.ts'
import type { Source } from './cache.ts'
import type { RuntimeLimits } from './limits.ts'
import type { RuntimeMetrics } from './metrics.ts'
import { orAbort } from './race.ts'
import type { Selection } from './selection.ts'

export interface InformerOptions {
  readonly client: ResourceClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics: RuntimeMetrics
  readonly limits: Pick<RuntimeLimits, 'watchIdle' | 'list' | 'relistAge' | 'reconnect'>
  readonly kind: Kind
  readonly only: Selection | undefined
  /** Where the objects go. */
  readonly source: Source
  /** Called after the first list. */
  readonly onSynced: () => void
}

/** How far the stream has come: undefined until listed, or when history was lost. */
interface Position {
  readonly version: string
  readonly listedAt: Instant
}

/** Runs until the signal aborts; throws only a fault that no retry can mend (Forbidden, Unauthorized, a bug). */
export async function runInformer(options: InformerOptions, signal: AbortSignal): Promise<void> {
  const { clock, log, metrics, limits, kind } = options
  const informer = new Informer(options)
  let failures = 0
  while (!signal.aborted) {
    const before = { progress: informer.progress, at: clock.now() }
    try {
      await informer.follow(signal)
    } catch (error) {
      if (signal.aborted) return
      if (!isFault(error)) throw error
      metrics.watchBroken(groupResource(kind), error.code)
      log.debug({ kind: kind.kind, err: error }, 'watch broke')
    }
    // A watch on which nothing happened is as good as any other if it held.
    const held = between(before.at, clock.now()) > limits.reconnect.most
    failures = informer.progress > before.progress || held ? 1 : failures + 1
    if (failures === 10) log.warn({ kind: kind.kind }, 'cannot watch; the cache grows old')
    await sleep(clock, jittered(backoffDelay(limits.reconnect, failures), options.random), signal).catch(
      () => undefined,
    )
  }
}

class Informer {
  /** Counts events, bookmarks and lists: growth means that the connection was worth something. */
  progress = 0
  #position: Position | undefined
  readonly #options: InformerOptions

  constructor(options: InformerOptions) {
    this.#options = options
  }

  /** Lists when necessary, then watches until the watch ends in whatever way. */
  async follow(signal: AbortSignal): Promise<void> {
    this.#position ??= await this.#list(signal)
    try {
      await this.#watch(this.#position, signal)
    } catch (error) {
      if (isFault(error, 'Expired')) this.#position = undefined
      throw error
    }
  }

  async #list(outer: AbortSignal): Promise<Position> {
    const { client, clock, limits, kind, only, source, metrics } = this.#options
    const limit = deadline(
      clock,
      limits.list,
      outer,
      () => new Fault('Timeout', `list of ${kind.plural} took too long`),
    )
    try {
      const { items, resourceVersion } = await orAbort(client.list(kind, only ?? {}, limit.signal), limit.signal)
      source.replace(items, resourceVersion)
      metrics.listed(groupResource(kind))
      this.progress += 1
      this.#options.onSynced()
      return { version: resourceVersion, listedAt: clock.now() }
    } finally {
      limit.done()
    }
  }

  async #watch({ version, listedAt }: Position, outer: AbortSignal): Promise<void> {
    const { client, clock, limits, kind, only } = this.#options
    const cut = new AbortController()
    const signal = AbortSignal.any([outer, cut.signal])
    const silence = new IdleTimer(clock, limits.watchIdle, () =>
      cut.abort(new Fault('Timeout', `watch of ${kind.plural} is silent`)),
    )
    const events = client.watch(kind, { ...only, resourceVersion: version }, signal)[Symbol.asyncIterator]()
    try {
      for (;;) {
        silence.restart()
        const next = await orAbort(events.next(), signal)
        if (next.done) return
        this.#take(next.value, listedAt)
        if (between(listedAt, clock.now()) > limits.relistAge) {
          this.#position = undefined
          return
        }
      }
    } finally {
      silence.stop()
      cut.abort(new Fault('Timeout', 'watch closed'))
      // Not awaited: an iterator that hangs in next() never answers return().
      void events.return?.().catch(() => undefined)
    }
  }

  #take(event: WatchEvent<Resource>, listedAt: Instant): void {
    const { source } = this.#options
    this.progress += 1
    if (event.type === 'BOOKMARK') {
      source.progress(event.resourceVersion)
      this.#position = { version: event.resourceVersion, listedAt }
      return
    }
    if (event.type === 'DELETED') source.remove(event.object)
    else source.put(event.object)
    this.#position = { version: event.object.metadata.resourceVersion, listedAt }
  }
}

/** Fires once nothing happened for a while. A restart is cheap: the timer is only moved when it goes off. */
class IdleTimer {
  readonly #clock: Clock
  readonly #limit: Millis
  readonly #onIdle: () => void
  #since: Instant
  #cancel: () => void

  constructor(clock: Clock, limit: Millis, onIdle: () => void) {
    this.#clock = clock
    this.#limit = limit
    this.#onIdle = onIdle
    this.#since = clock.now()
    this.#cancel = clock.after(limit, () => this.#check())
  }

  restart(): void {
    this.#since = this.#clock.now()
  }
  stop(): void {
    this.#cancel()
  }

  #check(): void {
    const rest = millis(this.#limit - between(this.#since, this.#clock.now()))
    if (rest <= 0) this.#onIdle()
    else this.#cancel = this.#clock.after(rest, () => this.#check())
  }
}
