/** A store whose values under some prefixes are sealed: whoever has the store's bytes has not the secrets. */
import { isFault } from '../../../lib/errors.ts'
import type { KeyValue, Store, StoreEvent } from '../../../store/store.ts'
import { type Keyring, seal, unseal } from './keyring.ts'

/**
 * `store` with values under `prefixes` sealed on the way in (by what keyring there is) and opened on the way out. One that
 * does not open is a fault to who asks for it; lists and watches, which are of many, give it as it is.
 */
export function sealedStore(store: Store, prefixes: readonly string[], keyring: Keyring | undefined): Store {
  const isSealed = (key: string): boolean => prefixes.some((prefix) => key.startsWith(prefix))
  const open = (kv: KeyValue): KeyValue => (isSealed(kv.key) ? { ...kv, value: unseal(keyring, kv.key, kv.value) } : kv)
  const openMaybe = (kv: KeyValue | undefined): KeyValue | undefined => (kv === undefined ? undefined : open(kv))
  const openOrLeave = (kv: KeyValue): KeyValue => {
    try {
      return open(kv)
    } catch (error) {
      if (isFault(error, 'Unavailable')) return kv
      throw error
    }
  }
  const openEvent = (event: StoreEvent): StoreEvent =>
    event.type === 'put'
      ? { ...event, kv: openOrLeave(event.kv), previous: event.previous && openOrLeave(event.previous) }
      : { ...event, previous: event.previous && openOrLeave(event.previous) }

  return {
    async get(key, signal, at) {
      const found = await store.get(key, signal, at)
      return { ...found, kv: openMaybe(found.kv) }
    },
    async list(options, signal) {
      const found = await store.list(options, signal)
      return isSealed(options.prefix) ? { ...found, items: found.items.map(openOrLeave) } : found
    },
    async transact(transaction, signal) {
      const puts = transaction.puts?.map((put) =>
        keyring !== undefined && isSealed(put.key) ? { ...put, value: seal(keyring, put.key, put.value) } : put,
      )
      const result = await store.transact(puts === undefined ? transaction : { ...transaction, puts }, signal)
      return result.committed ? result : { ...result, current: result.current.map(openMaybe) }
    },
    async *watch(options, signal) {
      for await (const batch of store.watch(options, signal)) {
        yield { ...batch, events: batch.events.map(openEvent) }
      }
    },
    grantLease: (ttl, signal) => store.grantLease(ttl, signal),
    renewLease: (lease, signal) => store.renewLease(lease, signal),
    revokeLease: (lease, signal) => store.revokeLease(lease, signal),
    compact: (before, signal) => store.compact(before, signal),
    currentRevision: (signal) => store.currentRevision(signal),
    close: () => store.close(),
  }
}
