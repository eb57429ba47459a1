/** Who owns whom, as far as the cache shows it, and as the API confirms it before anything is deleted. */
import { groupResource, type Kind } from '../../api/meta/kind.ts'
import { keyOf, keyText, type Resource } from '../../api/meta/object.ts'
import { unlessGone } from '../../lib/errors.ts'
import { type Deps, type Index, index } from '../runtime/controller.ts'
import type { GarbageLimits } from './limits.ts'
import { isLeaving, keyOfOwner, kindOfOwner, type Owner, type OwnerState, ownersOf, type Thing } from './state.ts'

const ownerIndex = 'garbage/owner'

/** The indexes by which dependents are found. */
export const ownerIndexes = (kinds: readonly Kind[]): readonly Index[] =>
  kinds.map((kind) => index(kind, ownerIndex, (object) => ownersOf(object).map(({ uid }) => uid)))

export class OwnerGraph {
  readonly #d: Pick<Deps, 'client' | 'cache'>
  readonly #kinds: readonly Kind[]
  readonly #remember: number
  /** Owners that were looked up and are gone; uids never come back. Oldest first. */
  readonly #gone = new Set<string>()

  constructor(d: Pick<Deps, 'client' | 'cache'>, kinds: readonly Kind[], limits: GarbageLimits) {
    this.#d = d
    this.#kinds = kinds
    this.#remember = limits.goneOwnersRemembered
  }

  /** The object as the cache has it, if it is still the same one. */
  current({ kind, object }: Thing): Resource | undefined {
    const cached = this.#d.cache.get(kind, keyOf(object))
    return cached?.metadata.uid === object.metadata.uid ? cached : undefined
  }

  dependentsOf(uid: string): readonly Thing[] {
    return this.#kinds.flatMap((kind) =>
      this.#d.cache.indexed(kind, ownerIndex, uid).map((object): Thing => ({ kind, object })),
    )
  }
  hasDependents(uid: string): boolean {
    return this.#kinds.some((kind) => this.#d.cache.indexed(kind, ownerIndex, uid).length > 0)
  }

  /** Dependents as the API has them now: slow, for decisions that cannot be taken back. */
  async liveDependentsOf({ object }: Thing, signal: AbortSignal): Promise<readonly Thing[]> {
    const { namespace, uid } = object.metadata
    const things: Thing[] = []
    for (const kind of this.#kinds) {
      if (namespace !== undefined && kind.scope === 'Cluster') continue
      const { items } = await this.#d.client.list(kind, namespace === undefined ? {} : { namespace }, signal)
      for (const item of items)
        if (ownersOf(item).some((reference) => reference.uid === uid)) things.push({ kind, object: item })
    }
    return things
  }

  /** Whether all owners are there and stay, by the cache alone: then nothing is to be done. */
  isOwned(object: Resource): boolean {
    return ownersOf(object).every((reference) => {
      const kind = kindOfOwner(this.#kinds, reference, object)
      if (kind === undefined) return true
      const owner = this.#d.cache.get(kind, keyOfOwner(kind, reference, object))
      return owner?.metadata.uid === reference.uid && !isLeaving(owner)
    })
  }

  /** Cached owners of an object that wait for their dependents. */
  leavingOwners(object: Resource): readonly Thing[] {
    return ownersOf(object).flatMap((reference) => {
      const kind = kindOfOwner(this.#kinds, reference, object)
      const owner = kind && this.#d.cache.get(kind, keyOfOwner(kind, reference, object))
      return kind !== undefined && owner?.metadata.uid === reference.uid && isLeaving(owner)
        ? [{ kind, object: owner }]
        : []
    })
  }

  /** The owners of an object and how they stand; that one is gone is confirmed by the API, never by the cache alone. */
  async ownersOf(object: Resource, signal: AbortSignal): Promise<readonly Owner[]> {
    const owners: Owner[] = []
    for (const reference of ownersOf(object)) {
      const kind = kindOfOwner(this.#kinds, reference, object)
      const state = kind === undefined ? 'present' : await this.#stateOf(kind, reference, object, signal)
      owners.push({ reference, state })
    }
    return owners
  }

  async #stateOf(
    kind: Kind,
    reference: Owner['reference'],
    object: Resource,
    signal: AbortSignal,
  ): Promise<OwnerState> {
    if (this.#gone.has(reference.uid)) return 'gone'
    const key = keyOfOwner(kind, reference, object)
    const cached = this.#d.cache.get(kind, key)
    if (cached?.metadata.uid === reference.uid) return isLeaving(cached) ? 'leaving' : 'present'
    const live = await unlessGone(this.#d.client.get(kind, key, signal))
    if (live?.metadata.uid === reference.uid) return isLeaving(live) ? 'leaving' : 'present'
    this.#rememberGone(reference.uid)
    return 'gone'
  }

  #rememberGone(uid: string): void {
    this.#gone.add(uid)
    const [oldest] = this.#gone
    if (this.#gone.size > this.#remember && oldest !== undefined) this.#gone.delete(oldest)
  }
}

/** One spelling for an object of any kind, for the queue. */
export const thingText = ({ kind, object }: Thing): string => `${groupResource(kind)} ${keyText(keyOf(object))}`
