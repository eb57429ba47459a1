/** Lists: one revision for all pages, selectors applied while reading, continue tokens. */
import { Fault } from '../../lib/errors.ts'
import { type Revision, revision, type Store } from '../../store/store.ts'
import type { Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { selectorOf } from '../meta/selectors.ts'
import { prefixOf } from './keys.ts'
import type { KindCache } from './kind-cache.ts'
import { limits } from './limits.ts'
import { until } from './until.ts'
import { parseVersion } from './watch.ts'

export interface RegistryListOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** At most so many; `continue` of the answer then asks for the rest, as of the same version. */
  readonly limit?: number
  readonly continue?: string
  /** Absent: the newest state. `0`: what is at hand. Else not older than this, or exactly it with `exact`. */
  readonly resourceVersion?: string
  readonly exact?: boolean
}

export interface RegistryList<T> {
  readonly resourceVersion: string
  readonly items: readonly T[]
  readonly continue?: string
  /** How many follow; absent with selectors, where nobody knows. */
  readonly remainingItemCount?: number
}

interface Place {
  readonly revision: Revision
  readonly after: string
}

const toToken = ({ revision, after }: Place): string =>
  Buffer.from(JSON.stringify({ v: 1, rv: revision, after })).toString('base64url')

function fromToken(token: string, prefix: string): Place {
  try {
    const { v, rv, after } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    if (v === 1 && Number.isSafeInteger(rv) && rv > 0 && typeof after === 'string' && after.startsWith(prefix)) {
      return { revision: revision(rv), after }
    }
  } catch {
    // falls through to the same refusal
  }
  throw new Fault('BadRequest', 'continue key is not valid: it must come from an earlier list of the same collection')
}

const stale = (error: unknown): unknown =>
  error instanceof Fault && error.code === 'Expired'
    ? new Fault(
        'Expired',
        'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.',
        { cause: error },
      )
    : error

/** See Registry.list. */
export async function listKind<T extends Resource>(
  store: Store,
  cache: KindCache,
  kind: Kind<T>,
  options: RegistryListOptions,
  signal: AbortSignal,
): Promise<RegistryList<T>> {
  const prefix = prefixOf(kind, options.namespace)
  const matches = selectorOf(kind, options)
  const selective = (options.labelSelector ?? '') !== '' || (options.fieldSelector ?? '') !== ''
  const most = options.limit === undefined || options.limit <= 0 ? Number.POSITIVE_INFINITY : options.limit

  if (options.resourceVersion === '0' && options.continue === undefined && most === Number.POSITIVE_INFINITY) {
    await until(cache.ready, signal)
    return {
      resourceVersion: String(cache.revision),
      items: cache.items(prefix).filter(matches) as unknown as readonly T[],
    }
  }

  const from =
    options.continue === undefined || options.continue === '' ? undefined : fromToken(options.continue, prefix)
  const asked = (options.resourceVersion ?? '') === '' ? revision(0) : parseVersion(options.resourceVersion as string)
  let at = from?.revision ?? (options.exact === true && asked > 0 ? asked : undefined)
  let after = from?.after
  const items: T[] = []
  for (;;) {
    const wanted = Math.min(limits.listPage, selective ? limits.listPage : most - items.length)
    const page = await store
      .list(
        {
          prefix,
          limit: wanted,
          ...(at === undefined ? {} : { revision: at }),
          ...(after === undefined ? {} : { after }),
        },
        signal,
      )
      .catch((error: unknown) => {
        throw from === undefined ? error : stale(error)
      })
    at ??= page.revision
    if (asked > at)
      throw new Fault('Timeout', `Too large resource version: ${asked}, current: ${at}`, { retryAfterSeconds: 1 })
    for (const [i, kv] of page.items.entries()) {
      after = kv.key
      const object = cache.decoded(kind, kv)
      if (!matches(object)) continue
      items.push(object)
      const following = page.remaining + page.items.length - 1 - i
      if (items.length >= most && following > 0) {
        return {
          resourceVersion: String(at),
          items,
          continue: toToken({ revision: at, after }),
          ...(selective ? {} : { remainingItemCount: following }),
        }
      }
    }
    if (page.remaining === 0 || page.items.length === 0) return { resourceVersion: String(at), items }
  }
}
