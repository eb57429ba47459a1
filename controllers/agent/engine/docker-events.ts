/**
 * Docker's event stream, healed: reconnects with back-off, says `resync` after every connection, and asks an engine that
 * has been silent for a while whether it still lives.
 */
import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { backoffDelay } from '../../../lib/backoff.ts'
import { type Clock, sleep } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/errors.ts'
import type { Logger } from '../../../lib/log.ts'
import { type Instant, instant } from '../../../lib/time.ts'
import { orAbort } from '../../runtime/race.ts'
import type { EngineLimits } from '../limits.ts'
import { healthOf } from './docker-container.ts'
import type { EngineEvent, LabelFilter } from './engine.ts'
import { EventQueue } from './event-queue.ts'

export interface DockerEventsOptions {
  readonly docker: Docker
  readonly clock: Clock
  readonly log: Logger
  readonly limits: EngineLimits
  /** Called before each connection: the engine may have been replaced by one that speaks another version. */
  negotiate(signal: AbortSignal): Promise<void>
  /** Throws when the engine does not answer in time. */
  ping(signal: AbortSignal): Promise<void>
}

interface DockerEvent {
  readonly Action?: string
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> }
  readonly timeNano?: number
}

/** Docker's spelling of a label filter. */
export const labelFilter = (labels: LabelFilter): string[] =>
  Object.entries(labels).map(([name, value]) => (value === '' ? name : `${name}=${value}`))

export async function* dockerEvents(
  options: DockerEventsOptions,
  labels: LabelFilter,
  signal: AbortSignal,
): AsyncIterable<EngineEvent> {
  const { clock, log, limits } = options
  let failures = 0
  for (;;) {
    signal.throwIfAborted()
    try {
      for await (const event of connection(options, labels, signal)) {
        failures = 0
        yield event
      }
    } catch (error) {
      signal.throwIfAborted()
      failures += 1
      if (failures === 1) log.warn({ err: error }, 'lost the event stream of the container engine')
    }
    await sleep(clock, backoffDelay(limits.reconnect, Math.max(failures, 1)), signal)
  }
}

/** One connection, until it breaks. */
async function* connection(
  options: DockerEventsOptions,
  labels: LabelFilter,
  outer: AbortSignal,
): AsyncIterable<EngineEvent> {
  const { docker, limits } = options
  const cut = new AbortController()
  const signal = AbortSignal.any([outer, cut.signal])
  await options.negotiate(signal)
  const filters = { type: ['container'], label: labelFilter(labels) }
  const stream = (await orAbort(
    docker.getEvents({ filters: JSON.stringify(filters) as never, abortSignal: signal } as Docker.GetEventsOptions),
    signal,
  )) as Readable
  const queue = new EventQueue<EngineEvent>(limits.eventBacklog)
  const watch = watchSilence(options, (error) => queue.fail(error), signal)
  const lines = new LineReader((line) => {
    watch.heard()
    for (const event of parseEvent(line)) queue.push(event)
  })
  stream.on('data', (data: Buffer) => {
    try {
      lines.push(data)
    } catch (error) {
      queue.fail(error)
    }
  })
  stream.on('error', (error) => queue.fail(error))
  stream.on('close', () => queue.fail(new Fault('Unavailable', 'the container engine closed the event stream')))
  try {
    yield { type: 'resync' }
    for (;;) yield await queue.take(signal)
  } finally {
    watch.stop()
    cut.abort(new Fault('Unavailable', 'event stream closed'))
    stream.destroy()
  }
}

/** After a silence, pings; a ping that fails breaks the connection. */
function watchSilence(
  { clock, limits, ping }: DockerEventsOptions,
  broken: (error: unknown) => void,
  signal: AbortSignal,
) {
  let since: Instant = clock.now()
  let cancel = clock.after(limits.eventsIdle, check)
  function check(): void {
    const next = (): void => {
      if (!signal.aborted) cancel = clock.after(limits.eventsIdle, check)
    }
    if (clock.now() - since < limits.eventsIdle) next()
    else ping(signal).then(next, broken)
  }
  return {
    heard: () => {
      since = clock.now()
    },
    stop: () => cancel(),
  }
}

class LineReader {
  #rest = ''
  readonly #onLine: (line: string) => void
  readonly #decoder = new TextDecoder()

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  push(data: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(data, { stream: true })).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') this.#onLine(line)
  }
}

function* parseEvent(line: string): Iterable<EngineEvent> {
  const { Action: action = '', Actor: actor = {}, timeNano = 0 } = JSON.parse(line) as DockerEvent
  const id = actor.ID ?? ''
  const at = instant(Math.floor(timeNano / 1_000_000))
  if (action === 'start') yield { type: 'started', id, at }
  else if (action === 'die') yield { type: 'died', id, at, exitCode: Number(actor.Attributes?.exitCode ?? 0) }
  else if (action === 'oom') yield { type: 'outOfMemory', id }
  else if (action === 'destroy') yield { type: 'removed', id }
  else if (action.startsWith('health_status: ')) yield { type: 'health', id, health: healthOf(action.slice(15)) }
}
