/** Keeps an ApplySet's parent on the server true, and deletes the members that are no longer applied. */
import type { ResourceClient } from '../../api/client/client.ts'
import type { Kind } from '../../api/meta/kind.ts'
import { keyOf, type ObjectKey, type Resource } from '../../api/meta/object.ts'
import { ConfigMap } from '../../api/v1/config-map.ts'
import { allKinds } from '../../api/v1/kinds.ts'
import { isFault, unlessGone } from '../../lib/errors.ts'
import { applySetId, contentOf, kindText, leftOver, parentOf, partOfLabel } from './apply-set.ts'
import { inDeleteOrder } from './order.ts'

export interface Member {
  readonly kind: Kind
  readonly object: Resource
}

export class ApplySet {
  readonly id: string
  readonly #client: ResourceClient
  readonly #key: ObjectKey
  #parent: Resource | undefined

  private constructor(client: ResourceClient, key: ObjectKey, parent: Resource | undefined) {
    this.id = applySetId(key)
    this.#client = client
    this.#key = key
    this.#parent = parent
  }

  /** Reads the set. Faults: BadRequest when the ConfigMap is something else. */
  static async open(client: ResourceClient, key: ObjectKey, signal: AbortSignal): Promise<ApplySet> {
    const parent = await unlessGone(client.get(ConfigMap, key, signal))
    if (parent !== undefined) contentOf(parent)
    return new ApplySet(client, key, parent)
  }

  /** Before anything is applied: the parent knows every kind and namespace that old and new members have. */
  async widen(members: readonly Member[], signal: AbortSignal): Promise<readonly Member[]> {
    const there = await this.members(signal)
    await this.#write([...there, ...members], signal)
    return there
  }

  /** Deletes what is there and was not applied, then narrows the parent. Gives what was deleted. */
  async prune(
    there: readonly Member[],
    applied: readonly Member[],
    dryRun: boolean,
    signal: AbortSignal,
  ): Promise<readonly Member[]> {
    const gone = inDeleteOrder(leftOver(there, applied))
    if (dryRun) return gone
    for (const { kind, object } of gone) {
      const { uid } = object.metadata
      try {
        await this.#client.delete(kind, keyOf(object), { preconditions: { uid } }, signal)
      } catch (error) {
        if (!isFault(error, 'NotFound', 'Conflict')) throw error // another object of that name by now
      }
    }
    await this.#write(applied, signal)
    return gone
  }

  /** Everything on the server that belongs to the set. */
  async members(signal: AbortSignal): Promise<readonly Member[]> {
    if (this.#parent === undefined) return []
    const { kinds, namespaces } = contentOf(this.#parent)
    const members: Member[] = []
    for (const kind of allKinds.filter((one) => kinds.includes(kindText(one)))) {
      for (const namespace of kind.scope === 'Cluster' ? [undefined] : new Set(namespaces)) {
        const selected = {
          labelSelector: `${partOfLabel}=${this.id}`,
          ...(namespace === undefined ? {} : { namespace }),
        }
        const { items } = await this.#client.list(kind, selected, signal)
        for (const object of items) members.push({ kind, object })
      }
    }
    return members
  }

  async #write(members: readonly Member[], signal: AbortSignal): Promise<void> {
    const parent = parentOf(this.#key, members, this.#parent) as ConfigMap
    this.#parent =
      this.#parent === undefined
        ? await this.#client.create(ConfigMap, parent, signal)
        : await this.#client.update(ConfigMap, parent, signal)
  }
}
