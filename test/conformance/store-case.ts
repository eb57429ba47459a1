/** One case of the store's suite: a store, a prefix nobody else uses, and the words the cases are written in. */
import { onTestFinished, test } from 'vitest'
import type { Compare, KeyValue, Put, Revision, Store, StoreEvent, WatchBatch } from '../../store/store.ts'
import { revision } from '../../store/store.ts'
import type { Cannot, StoreUnderTest } from './store-under-test.ts'

export interface Case {
  readonly store: Store
  /** Starts with a slash and ends with one; no other case's keys are under it. */
  readonly prefix: string
  readonly signal: AbortSignal
  /** Another client of the same history where the backend has such, else the same store. */
  readonly key: (name: string) => string
  put(name: string, value?: string): Promise<Revision>
  remove(name: string): Promise<Revision>
  /** Commits, or fails the test. */
  commit(puts: readonly Put[], deletes?: readonly string[], compare?: readonly Compare[]): Promise<Revision>
  get(name: string, at?: Revision): Promise<KeyValue | undefined>
  names(at?: Revision): Promise<readonly string[]>
}

let cases = 0

/** Defines a test on a store of its own, closed afterwards. */
export function storeCase(
  backend: StoreUnderTest,
  cannot: Cannot,
  name: string,
  run: (c: Case) => Promise<void>,
  timeout?: number,
): void {
  const why = cannot[name]
  test.skipIf(why !== undefined)(why === undefined ? name : `${name} (cannot: ${why})`, { timeout }, async () => {
    const stop = new AbortController()
    const store = await backend.open()
    onTestFinished(async () => {
      stop.abort(new Error('the test is over'))
      await store.close()
    })
    await run(caseOn(store, `/case-${process.pid}-${++cases}/`, stop.signal))
  })
}

export function caseOn(store: Store, prefix: string, signal: AbortSignal): Case {
  const key = (name: string): string => prefix + name
  const commit: Case['commit'] = async (puts, deletes = [], compare = []) => {
    const result = await store.transact({ compare, puts, deletes }, signal)
    if (!result.committed) throw new Error('the transaction was refused')
    return result.revision
  }
  return {
    store,
    prefix,
    signal,
    key,
    commit,
    put: (name, value = name) => commit([{ key: key(name), value: bytes(value) }]),
    remove: (name) => commit([], [key(name)]),
    get: async (name, at) => (await store.get(key(name), signal, at)).kv,
    names: async (at) =>
      (await store.list({ prefix, revision: at }, signal)).items.map((kv) => kv.key.slice(prefix.length)),
  }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (kv: KeyValue | undefined): string | undefined =>
  kv === undefined ? undefined : new TextDecoder().decode(kv.value)

export const absent = revision(0)

export const keyOf = (event: StoreEvent): string => (event.type === 'put' ? event.kv.key : event.key)
export const revisionOf = (event: StoreEvent): Revision =>
  event.type === 'put' ? event.kv.modRevision : event.modRevision

/** An event in one short line: `put a=1 (was 0)`. */
export const told = (prefix: string, event: StoreEvent): string => {
  const was = event.previous === undefined ? '' : ` (was ${text(event.previous)})`
  const name = keyOf(event).slice(prefix.length)
  return event.type === 'put' ? `put ${name}=${text(event.kv)}${was}` : `delete ${name}${was}`
}

/** Reads a watch until `enough` says so, then leaves it. */
export async function readUntil(
  watch: AsyncIterable<WatchBatch>,
  enough: (events: readonly StoreEvent[], batch: WatchBatch) => boolean,
): Promise<StoreEvent[]> {
  const events: StoreEvent[] = []
  for await (const batch of watch) {
    events.push(...batch.events)
    if (enough(events, batch)) return events
  }
  throw new Error('the watch ended by itself')
}

export const take = (watch: AsyncIterable<WatchBatch>, count: number): Promise<StoreEvent[]> =>
  readUntil(watch, (events) => events.length >= count)

/** The error that `promise` rejects with; fails when it does not. */
export async function faultOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    () => ({ ok: true }) as const,
    (error: unknown) => ({ ok: false, error }) as const,
  )
  if (outcome.ok) throw new Error('this should have failed')
  return outcome.error
}
