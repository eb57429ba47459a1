/** Opens the store that the flags name. */

import { join } from 'node:path'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { Random } from '../lib/random.ts'
import { openEmbeddedStore } from '../store/embedded/embedded-store.ts'
import { openEtcdStore } from '../store/etcd/etcd-store.ts'
import type { Store } from '../store/store.ts'
import type { StoreKind } from './options.ts'

interface Flags {
  readonly dataDir: string
  readonly store?: StoreKind
  readonly etcdEndpoints?: readonly string[]
}

export interface OpenStore extends AsyncDisposable {
  readonly of: Store
  /** Whether no other process can have this store: then there is nobody to elect a leader among. */
  readonly alone: boolean
}

/** Faults: BadRequest for flags that do not go together, Unavailable when the store cannot be had. */
export async function openStore(
  { dataDir, store = 'embedded', etcdEndpoints }: Flags,
  parts: { readonly clock: Clock; readonly random: Random; readonly log: Logger },
): Promise<OpenStore> {
  if (store === 'embedded') {
    if (etcdEndpoints !== undefined) throw new Fault('BadRequest', '--etcd-endpoints goes with --store etcd')
    return closing(await openEmbeddedStore({ ...parts, directory: join(dataDir, 'store') }), true)
  }
  if (etcdEndpoints === undefined) throw new Fault('BadRequest', '--store etcd needs --etcd-endpoints URL,...')
  return closing(await openEtcdStore({ ...parts, endpoints: etcdEndpoints }), false)
}

const closing = (store: Store, alone: boolean): OpenStore => ({
  of: store,
  alone,
  [Symbol.asyncDispose]: () => store.close(),
})
