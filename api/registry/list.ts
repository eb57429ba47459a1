/** Lists: from the cache when it is as new as asked, else as of one revision of the store; continue tokens. */
import { Fault, isFault } from '../../lib/errors.ts'
import { type Revision, revision, type Store } from '../../store/store.ts'
import type { Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { type Selected, selectionOf } from '../meta/selectors.ts'
import { tooLarge } from './faults.ts'
import { prefixOf } from './keys.ts'
import type { KindCache } from './kind-cache.ts'
import { limits } from './limits.ts'
import { until } from './until.ts'
import { parseVersion } from './version.ts'

export interface RegistryListOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** At most so many; `continue` of the answer then asks for the rest, as of the same version. */
  readonly limit?: number
  readonly continue?: string
  /** Absent: the newest state. `0`: what is at hand. Else not older than this, or exactly it with `exact`. */
  readonly resourceVersion?: string
  /** Default, as in Kubernetes: exactly when there is a limit. */
  readonly exact?: boolean
}

export interface RegistryList<T> {
  readonly resourceVersion: string
  readonly items: readonly T[]
  readonly continue?: string
  /** How many follow; absent with selectors, where nobody knows. */
  readonly remainingItemCount?: number
}

/** Where a page begins: behind a key below the list's prefix; without a revision, as of now. */
interface Place {
  readonly revision: Revision | undefined
  readonly after: string
}

/** Kubernetes' mark of a token whose version is gone: go on with the newest state. */
const inconsistent = -1

const toToken = ({ revision: at, after }: Place): string =>
  Buffer.from(JSON.stringify({ v: 1, rv: at ?? inconsistent, after })).toString('base64url')

function fromToken(token: string): Place {
  try {
    const { v, rv, after } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    if (v === 1 && Number.isSafeInteger(rv) && (rv > 0 || rv === inconsistent) && typeof after === 'string') {
      return { revision: rv === inconsistent ? undefined : revision(rv), after }
    }
  } catch {
    // falls through to the same refusal
  }
  throw new Fault('BadRequest', 'invalid continue token: continue key is not valid: it must come from an earlier list')
}

/** Kubernetes' words for a token whose revision was compacted away, with one that goes on from there regardless. */
const tooOldToGoOn = ({ after }: Place, cause: Fault): Fault =>
  new Fault(
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
      'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
      'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
      'deleted between the time the first chunk was returned and now may show up in the list.',
    { cause, continue: toToken({ revision: undefined, after }) },
  )

/** Collects a page: what matches, until there is enough. */
class Page<T> {
  readonly items: T[] = []
  readonly #at: Revision
  readonly #prefix: string
  readonly #most: number
  readonly #selected: Selected
  #last = ''

  constructor(at: Revision, prefix: string, most: number, selected: Selected) {
    this.#at = at
    this.#prefix = prefix
    this.#most = most
    this.#selected = selected
  }

  get isFull(): boolean {
    return this.items.length >= this.#most
  }

  /** Without `object` the key is only passed. */
  add(key: string, object: Resource | undefined): void {
    this.#last = key
    if (object !== undefined && this.#selected.matches(object)) this.items.push(object as unknown as T)
  }

  /** `following`: keys of the range that were not looked at. */
  end(following: number): RegistryList<T> {
    const done = { resourceVersion: String(this.#at), items: this.items }
    if (following === 0) return done
    const after = this.#last.slice(this.#prefix.length)
    return {
      ...done,
      continue: toToken({ revision: this.#at, after }),
      ...(this.#selected.selective ? {} : { remainingItemCount: following }),
    }
  }
}

export interface ListParts {
  readonly store: Store
  readonly cache: KindCache
}

/** See Registry.list. */
export async function listKind<T extends Resource>(
  { store, cache }: ListParts,
  kind: Kind<T>,
  options: RegistryListOptions,
  signal: AbortSignal,
): Promise<RegistryList<T>> {
  const { resourceVersion = '', limit = 0 } = options
  const prefix = prefixOf(kind, options.namespace)
  const selected = selectionOf(kind as unknown as Kind, options)
  const asked = parseVersion(resourceVersion)
  // Kubernetes: what is at hand is given whole.
  const most = limit <= 0 || resourceVersion === '0' ? Number.POSITIVE_INFINITY : limit
  const place = (options.continue ?? '') === '' ? undefined : fromToken(options.continue as string)
  if (place !== undefined && asked > 0) {
    throw new Fault('BadRequest', 'specifying resource version is not allowed when using continue')
  }

  const fromStore = async (at: Revision | undefined, after: string): Promise<RegistryList<T>> => {
    let page: Page<T> | undefined
    let version = at
    let last = after === '' ? undefined : `${prefix}${after}`
    for (;;) {
      const limit = Math.min(limits.listPage, selected.selective ? limits.listPage : most - (page?.items.length ?? 0))
      const from = {
        ...(version === undefined ? {} : { revision: version }),
        ...(last === undefined ? {} : { after: last }),
      }
      const found = await store.list({ prefix, limit, ...from }, signal)
      version ??= found.revision
      page ??= new Page<T>(version, prefix, most, selected)
      for (const [i, kv] of found.items.entries()) {
        page.add(kv.key, cache.readable(kind, kv))
        last = kv.key
        if (page.isFull) return page.end(found.remaining + found.items.length - 1 - i)
      }
      if (found.remaining === 0 || found.items.length === 0) return page.end(0)
    }
  }

  const fromCache = (): RegistryList<T> => {
    const page = new Page<T>(cache.revision, prefix, most, selected)
    let following = 0
    for (const [key, object] of cache.items(prefix)) {
      if (page.isFull) following++
      else page.add(key, object)
    }
    return page.end(following)
  }

  if (place !== undefined) {
    try {
      return await fromStore(place.revision, place.after)
    } catch (error) {
      throw isFault(error, 'Expired') ? tooOldToGoOn(place, error) : error
    }
  }
  if (asked > 0 && (options.exact ?? limit > 0)) {
    const newest = await store.currentRevision(signal)
    if (asked > newest) throw tooLarge(asked, newest)
    try {
      return await fromStore(asked, '')
    } catch (error) {
      if (!isFault(error, 'Expired')) throw error
      throw new Fault('Expired', 'The resourceVersion for the provided list is too old.', { cause: error })
    }
  }
  if (asked > 0) {
    if (!(await cache.reach(asked, limits.versionWait, signal))) throw tooLarge(asked, cache.revision)
    return fromCache()
  }
  if (resourceVersion === '0') {
    await until(cache.ready, signal)
    return fromCache()
  }
  // A cache that is behind is not waited for: the store knows.
  const newest = await store.currentRevision(signal)
  return (await cache.reach(newest, limits.catchUp, signal)) ? fromCache() : fromStore(undefined, '')
}
