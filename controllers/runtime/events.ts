/**
 * Records what happened to objects as core/v1 Events. Reconciling never waits for it: events are queued, equal ones
 * merged into a count, many similar ones combined, chatty objects limited, and written one at a time; what cannot be written
 * is dropped.
 */
import { createHash } from 'node:crypto'
import type { ResourceClient } from '../../api/client/client.ts'
import type { Resource } from '../../api/meta/object.ts'
import { Event } from '../../api/v1/core.ts'
import { type Clock, deadline, sleep } from '../../lib/clock.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { between, type Instant, millis, plus, timestamp } from '../../lib/time.ts'
import type { EventRecorder } from './controller.ts'
import type { RuntimeLimits } from './limits.ts'
import type { RuntimeMetrics } from './metrics.ts'
import { orAbort } from './race.ts'
import { SimilarEvents } from './similar-events.ts'
import { trim } from './trim.ts'

export interface EventOptions {
  readonly client: ResourceClient
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: RuntimeMetrics
  readonly limits: Pick<
    RuntimeLimits,
    | 'pendingEvents'
    | 'knownEvents'
    | 'eventBurst'
    | 'eventRefill'
    | 'similarEvents'
    | 'similarFor'
    | 'eventRepeat'
    | 'eventWrite'
    | 'eventAttempts'
  >
  /** Who reports: `gantry-controllers`. */
  readonly component: string
  /** Which instance of it. */
  readonly identity: string
}

/** Events of one object, reason and message, or similar ones that are combined: one Event object with a count. */
interface Series {
  readonly name: string
  readonly namespace: string
  readonly about: NonNullable<Event['involvedObject']>
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  /** Of combined events the last. */
  message: string
  readonly isCombined: boolean
  readonly first: Instant
  last: Instant
  /** Happened, but not written yet. */
  unwritten: number
  /** As written; 0 when this process never wrote it. */
  written: number
  writtenAt: Instant | undefined
  /** Attempts in a row that found the server away. */
  failures: number
}

interface Allowance {
  tokens: number
  at: Instant
}

const maxMessage = 1024
/** Kubernetes' words before the last message of many. */
const combined = '(combined from similar events): '

export class EventQueue implements EventRecorder {
  readonly #options: EventOptions
  /** Least recently used first; bounded by knownEvents. */
  readonly #series = new Map<string, Series>()
  readonly #pending = new Set<Series>()
  readonly #similar: SimilarEvents
  /** By uid of the object; bounded by knownEvents. */
  readonly #allowances = new Map<string, Allowance>()
  #wake: (() => void) | undefined

  constructor(options: EventOptions) {
    this.#options = options
    this.#similar = new SimilarEvents(options.limits)
  }

  event(about: Resource, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { metrics, clock } = this.#options
    if (!this.#allowed(about)) {
      metrics.event('dropped')
      return
    }
    const series = this.#seriesOf(about, type, reason, message.slice(0, maxMessage))
    series.last = clock.now()
    series.unwritten += 1
    if (this.#pending.has(series)) metrics.event('merged')
    else this.#enqueue(series)
  }

  /** Writes events until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    while (!signal.aborted) {
      const due = this.#nextDue()
      if (due === undefined) await this.#untilAdded(signal).catch(() => undefined)
      else if (due.at > clock.now())
        await sleep(clock, millis(due.at - clock.now()), this.#abortedOrAdded(signal)).catch(() => undefined)
      else {
        this.#pending.delete(due.series)
        await this.#write(due.series, signal)
      }
    }
  }

  #seriesOf(about: Resource, type: 'Normal' | 'Warning', reason: string, message: string): Series {
    const { clock, component, limits } = this.#options
    const now = clock.now()
    const group = [component, about.kind, about.metadata.uid, type, reason]
    const isCombined = this.#similar.combines(JSON.stringify(group), message, now)
    const hash = createHash('sha256')
      .update(JSON.stringify(isCombined ? group : [...group, message]))
      .digest('hex')
      .slice(0, 16)
    const known = this.#series.get(hash)
    const series: Series = known ?? {
      // Deterministic: after a restart the same event is found again and counted on.
      name: `${about.metadata.name.slice(0, 230)}.${hash}`,
      namespace: about.metadata.namespace ?? 'default',
      about: referenceTo(about),
      type,
      reason,
      message,
      isCombined,
      first: now,
      last: now,
      unwritten: 0,
      written: 0,
      writtenAt: undefined,
      failures: 0,
    }
    if (isCombined) series.message = `${combined}${message}`.slice(0, maxMessage)
    this.#series.delete(hash)
    this.#series.set(hash, series)
    trim(this.#series, limits.knownEvents)
    return series
  }

  /** Kubernetes' spam filter: a bucket of tokens per object. */
  #allowed(about: Resource): boolean {
    const { clock, limits } = this.#options
    const now = clock.now()
    const key = `${about.kind} ${about.metadata.uid}`
    const old = this.#allowances.get(key) ?? { tokens: limits.eventBurst, at: now }
    const tokens = Math.min(limits.eventBurst, old.tokens + between(old.at, now) / limits.eventRefill)
    this.#allowances.delete(key)
    this.#allowances.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now })
    trim(this.#allowances, limits.knownEvents)
    return tokens >= 1
  }

  #enqueue(series: Series): void {
    this.#pending.add(series)
    if (this.#pending.size > this.#options.limits.pendingEvents) this.#dropOldest()
    this.#wake?.()
  }

  #dropOldest(): void {
    const oldest = this.#pending.values().next().value
    if (oldest === undefined) return
    this.#pending.delete(oldest)
    this.#options.metrics.event('dropped')
  }

  /** The pending event that may be written first: new ones at once, repetitions after their pause. */
  #nextDue(): { readonly series: Series; readonly at: Instant } | undefined {
    const { clock, limits } = this.#options
    const now = clock.now()
    let first: { series: Series; at: Instant } | undefined
    for (const series of this.#pending) {
      const at = series.writtenAt === undefined ? now : plus(series.writtenAt, limits.eventRepeat)
      if (at <= now) return { series, at }
      if (first === undefined || at < first.at) first = { series, at }
    }
    return first
  }

  async #write(series: Series, signal: AbortSignal): Promise<void> {
    const { clock, limits, log, metrics } = this.#options
    const count = series.unwritten
    series.unwritten = 0
    series.writtenAt = clock.now()
    const limit = deadline(clock, limits.eventWrite, signal, () => new Fault('Timeout', 'event not written in time'))
    try {
      series.written = await orAbort(this.#store(series, count, limit.signal), limit.signal)
      series.failures = 0
      metrics.event('written')
    } catch (error) {
      if (signal.aborted) return
      if (isFault(error, 'Unavailable', 'TooManyRequests') && ++series.failures < limits.eventAttempts) {
        series.unwritten += count
        this.#enqueue(series)
        return
      }
      series.failures = 0
      metrics.event('failed')
      log.debug({ err: error, reason: series.reason, about: series.about }, 'event not written')
    } finally {
      limit.done()
    }
  }

  /** Creates the Event or counts it up; returns the count now. */
  async #store(series: Series, more: number, signal: AbortSignal): Promise<number> {
    const { client, component, identity } = this.#options
    const key = { namespace: series.namespace, name: series.name }
    const count = series.written + more
    if (series.written > 0) {
      try {
        return await this.#countUp(series, count, signal)
      } catch (error) {
        if (!isFault(error, 'NotFound')) throw error // its time to live ended: another takes its place, and its count
      }
    }
    const { about, type, reason, message, first, last } = series
    const body = { involvedObject: about, type, reason, message, count, source: { component, host: identity } }
    const times = { firstTimestamp: timestamp(first), lastTimestamp: timestamp(last), eventTime: null }
    const reporter = { reportingComponent: component, reportingInstance: identity }
    try {
      await client.create(Event, { metadata: key, ...body, ...times, ...reporter }, signal)
      return count
    } catch (error) {
      if (!isFault(error, 'AlreadyExists')) throw error
      const old = await client.get(Event, key, signal)
      return await this.#countUp(series, (old.count ?? 1) + more, signal)
    }
  }

  async #countUp(series: Series, count: number, signal: AbortSignal): Promise<number> {
    const { last, isCombined, message } = series
    const body = { count, lastTimestamp: timestamp(last), ...(isCombined ? { message } : {}) }
    const key = { namespace: series.namespace, name: series.name }
    await this.#options.client.patch(Event, key, { type: 'merge', body }, signal)
    return count
  }

  #untilAdded(signal: AbortSignal): Promise<void> {
    return orAbort(new Promise<void>((resolve) => (this.#wake = resolve)), signal)
  }
  #abortedOrAdded(signal: AbortSignal): AbortSignal {
    const added = new AbortController()
    this.#wake = () => added.abort(new Fault('Unavailable', 'more events'))
    return AbortSignal.any([signal, added.signal])
  }
}

const referenceTo = (about: Resource): NonNullable<Event['involvedObject']> => ({
  apiVersion: about.apiVersion,
  kind: about.kind,
  name: about.metadata.name,
  uid: about.metadata.uid,
  resourceVersion: about.metadata.resourceVersion,
  ...(about.metadata.namespace === undefined ? {} : { namespace: about.metadata.namespace }),
})
