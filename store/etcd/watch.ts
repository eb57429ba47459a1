/** A watch that outlives its streams: every stream starts after the last delivered revision. */
import type { IStatusResponse } from 'etcd3'
import { backoffDelay, jittered } from '../../lib/backoff.ts'
import { sleep } from '../../lib/clock.ts'
import { isFault, messageOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Random } from '../../lib/random.ts'
import type { Millis } from '../../lib/time.ts'
import type { Revision, WatchBatch } from '../store.ts'
import { type Caller, callOn } from './call.ts'
import type { Connection } from './connection.ts'
import { watchBackoff } from './limits.ts'
import { hasOrderedProgress } from './server-version.ts'
import { SilentStream, WatchReader, type WatchStream } from './watch-stream.ts'

export interface WatchParts extends Caller {
  readonly random: Random
  readonly log: Logger
  readonly idle: Millis
}

export async function* watch(
  parts: WatchParts,
  { prefix, after }: { readonly prefix: string; readonly after: Revision },
  signal: AbortSignal,
): AsyncGenerator<WatchBatch> {
  const { endpoints, random, log } = parts
  let delivered = after
  let failures = 0
  const onCreated = (): void => {
    if (failures > 0) log.info({ prefix, delivered, failures }, 'watch stream is back')
    failures = 0
  }
  for (;;) {
    signal.throwIfAborted()
    const connection = endpoints.current
    try {
      for await (const batch of stream(parts, connection, { prefix, after: delivered, onCreated }, signal)) {
        delivered = batch.revision
        yield batch
      }
    } catch (error) {
      signal.throwIfAborted()
      if (isFault(error, 'Expired', 'Forbidden')) throw error
      // Throws when the store was closed meanwhile.
      void endpoints.current
      endpoints.failed(connection, isDead(error))
      failures++
      const facts = { prefix, delivered, endpoint: connection.endpoint, failures, err: messageOf(error) }
      if (failures === 1) log.warn(facts, 'watch stream failed, it is made anew')
      else log.debug(facts, 'watch stream could not be made, trying again')
      await rest(parts, jittered(backoffDelay(watchBackoff, failures), random), signal)
    }
  }
}

/** Waits, also no longer than the store is open. */
async function rest({ clock, endpoints }: WatchParts, delay: Millis, signal: AbortSignal): Promise<void> {
  const ended = new AbortController()
  const stay = endpoints.whileOpen((reason) => ended.abort(reason))
  try {
    await sleep(clock, delay, AbortSignal.any([signal, ended.signal]))
  } finally {
    stay()
  }
}

/** Whether the connection itself must go: it is silent, or its authentication has ended. */
const isDead = (error: unknown): boolean =>
  error instanceof SilentStream || isFault(error, 'Timeout', 'Unauthorized') || /auth token/.test(messageOf(error))

interface From {
  readonly prefix: string
  readonly after: Revision
  readonly onCreated: () => void
}

async function* stream(
  parts: WatchParts,
  connection: Connection,
  from: From,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch> {
  const { clock, endpoints, idle } = parts
  const trustProgress = hasOrderedProgress(await versionOf(parts, connection, signal))
  const raw: WatchStream = await connection.stream('Watch', 'watch')
  const reader = new WatchReader(raw, clock, { ...from, idle, trustProgress })
  const onAbort = (): void => reader.stop(signal.reason)
  const stay = endpoints.whileOpen((reason) => reader.stop(reason))
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    yield* reader.batches()
  } finally {
    signal.removeEventListener('abort', onAbort)
    stay()
    // Also when the consumer just stops reading: a stream nobody reads must not stay open.
    reader.stop(new Error('the watch was left'))
  }
}

const status = { service: 'Maintenance', method: 'status', kind: 'read' } as const

/** Asked of the server that the stream will run on. One that may not be asked counts as old. */
const versionOf = (parts: WatchParts, connection: Connection, signal: AbortSignal): Promise<string> =>
  connection.version(async () => {
    const result = await callOn<IStatusResponse>(parts, connection, status, {}, signal)
    if (result.ok) return result.response.version
    if (result.verdict.fault.code === 'Forbidden') return '0'
    throw result.verdict.fault
  })
