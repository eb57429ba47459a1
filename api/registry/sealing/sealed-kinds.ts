/** Which kinds are sealed where they are stored, and the store that does it for them. */
import { Fault } from '../../../lib/errors.ts'
import type { Logger } from '../../../lib/log.ts'
import type { Store } from '../../../store/store.ts'
import type { Kind } from '../../meta/kind.ts'
import { prefixOf } from '../keys.ts'
import type { Keyring } from './keyring.ts'
import { keysInUse, reseal } from './reseal.ts'
import { sealedStore } from './sealed-store.ts'

const prefixesOf = (kinds: readonly Kind[]): readonly string[] =>
  kinds.filter(({ isSecret }) => isSecret).map((kind) => prefixOf(kind))

/** The names of the keys that objects in `store` are sealed with. */
export const sealedKeysIn = (store: Store, kinds: readonly Kind[], signal: AbortSignal): Promise<ReadonlySet<string>> =>
  keysInUse(store, prefixesOf(kinds), signal)

/**
 * `store` as a registry of `kinds` uses it: secret kinds sealed, and all that is there sealed with the keyring's first key.
 * Faults: BadRequest when something there is sealed with a key that is missing.
 */
export async function openSealed(
  store: Store,
  kinds: readonly Kind[],
  keyring: Keyring | undefined,
  log: Logger,
  signal: AbortSignal,
): Promise<Store> {
  const prefixes = prefixesOf(kinds)
  if (prefixes.length === 0) return store
  const missing = [...(await keysInUse(store, prefixes, signal))].filter((name) => keyring?.keys.has(name) !== true)
  if (missing.length > 0) {
    const names = missing.map((name) => JSON.stringify(name)).join(', ')
    throw new Fault(
      'BadRequest',
      `the store holds secrets encrypted with key ${names}, which is not among the keys given`,
    )
  }
  const resealed = await reseal(store, prefixes, keyring, signal)
  if (resealed > 0) log.info({ objects: resealed, key: keyring?.first }, 'secrets encrypted anew')
  return sealedStore(store, prefixes, keyring)
}
