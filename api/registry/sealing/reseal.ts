/** Brings what is stored up to the keyring: what is in plain text or under another key is sealed with the first key. */
import type { KeyValue, Store } from '../../../store/store.ts'
import { limits } from '../limits.ts'
import { type Keyring, seal, sealedWith, unseal } from './keyring.ts'

async function* valuesUnder(store: Store, prefix: string, signal: AbortSignal): AsyncGenerator<KeyValue> {
  for (let after: string | undefined; ; ) {
    const page = await store.list({ prefix, limit: limits.listPage, ...(after === undefined ? {} : { after }) }, signal)
    yield* page.items
    after = page.items.at(-1)?.key
    if (page.remaining === 0 || after === undefined) return
  }
}

/** The names of the keys that values under `prefixes` are sealed with. */
export async function keysInUse(store: Store, prefixes: readonly string[], signal: AbortSignal): Promise<Set<string>> {
  const names = new Set<string>()
  for (const prefix of prefixes) {
    for await (const { value } of valuesUnder(store, prefix, signal)) {
      const name = sealedWith(value)
      if (name !== undefined) names.add(name)
    }
  }
  return names
}

/**
 * Opens every value under `prefixes`, and seals anew those that the first key did not seal. Returns how many. A value that
 * somebody else writes meanwhile is theirs. Faults: Unavailable for a value that does not open.
 */
export async function reseal(
  store: Store,
  prefixes: readonly string[],
  keyring: Keyring | undefined,
  signal: AbortSignal,
): Promise<number> {
  let resealed = 0
  for (const prefix of prefixes) {
    for await (const { key, value, modRevision } of valuesUnder(store, prefix, signal)) {
      const plain = unseal(keyring, key, value)
      if (keyring === undefined || sealedWith(value) === keyring.first) continue
      const puts = [{ key, value: seal(keyring, key, plain) }]
      const { committed } = await store.transact({ compare: [{ key, modRevision }], puts }, signal)
      if (committed) resealed += 1
    }
  }
  return resealed
}
