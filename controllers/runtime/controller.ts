/** What a controller is: what it watches, and how it reconciles one key. The loop in loop.ts runs it. */
import type { ResourceClient } from '../../api/client/client.ts'
import type { Kind } from '../../api/meta/kind.ts'
import { controllerOf, keyOf, keyText, type ObjectKey, type Resource } from '../../api/meta/object.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../../lib/log.ts'
import type { Random } from '../../lib/random.ts'
import type { Instant } from '../../lib/time.ts'

/** The informers' view of the world: read-only, possibly a little old, never older than this process's own writes. */
export interface Cache {
  get<T extends Resource>(kind: Kind<T>, key: ObjectKey): T | undefined
  /** Ordered by key. */
  list<T extends Resource>(kind: Kind<T>, namespace?: string): readonly T[]
  /** Objects of `kind` whose controller reference is `owner` (by uid). Ordered by key. */
  owned<T extends Resource>(kind: Kind<T>, owner: Resource): readonly T[]
  /** Objects found under `value` in an index that some controller declared. Ordered by key. */
  indexed<T extends Resource>(kind: Kind<T>, index: string, value: string): readonly T[]
}

/** Records what happened to an object as a core/v1 Event; aggregation and rate limits are its own. Never throws. */
export interface EventRecorder {
  event(about: Resource, type: 'Normal' | 'Warning', reason: string, message: string): void
}

/** What every controller is built from; nothing else of the outside world reaches it. */
export interface Deps {
  readonly client: ResourceClient
  readonly cache: Cache
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly events: EventRecorder
}

/** What to do about a key after a pass that did not throw. */
export interface Outcome {
  /** Reconcile again then, even if nothing changed. */
  readonly wakeAt: Instant | undefined
}
export const done: Outcome = { wakeAt: undefined }
export const again = (wakeAt: Instant | undefined): Outcome => ({ wakeAt })

/** One kind that a controller watches, and which of its keys a change concerns. */
export interface Watch<T extends Resource = Resource> {
  readonly kind: Kind<T>
  /** Only objects that match, to spare an agent the rest of the cluster. */
  readonly only?: { readonly namespace?: string; readonly fieldSelector?: string }
  /** Its changes come in crowds: soon after a pass they wait a moment for more, and one pass sees them all. */
  readonly settles?: boolean
  /** Keys (`namespace/name`) to reconcile when `object` was added, changed or deleted. */
  keysOf(object: T, cache: Cache): Iterable<string>
}

/** A named index over a kind: `cache.indexed(kind, name, value)` then finds all objects with that value. */
export interface Index<T extends Resource = Resource> {
  readonly kind: Kind<T>
  readonly name: string
  valuesOf(object: T): readonly string[]
}

export interface Controller {
  readonly name: string
  readonly watches: readonly Watch[]
  readonly indexes?: readonly Index[]
  /** How many keys at once; one key is never reconciled twice at a time. Default 1. */
  readonly concurrency?: number
  /**
   * Takes the next steps for one key. Level-triggered and idempotent. Thrown faults decide about the retry: Conflict at
   * once, Invalid and Forbidden not until something changes, all else with back-off.
   */
  reconcile(key: string, signal: AbortSignal): Promise<Outcome>
  /**
   * Follows a source outside the API (a container engine) beside the loop: starts once the caches are synced, calls `wake`
   * with the keys that a change concerns, and lasts until the signal aborts. A throw ends the controllers.
   */
  follow?(wake: (key: string) => void, signal: AbortSignal): Promise<void>
}

/** Watches the controller's own kind: an object's key is its own. */
export const own = <T extends Resource>(kind: Kind<T>, only?: Watch<T>['only']): Watch => ({
  kind: kind as unknown as Kind,
  ...(only === undefined ? {} : { only }),
  keysOf: (object) => [keyText(keyOf(object))],
})

/** Watches `kind` for the sake of the objects of `ownerKind` that control them. */
export const ownedBy = <T extends Resource>(kind: Kind<T>, ownerKind: Kind<never> | Kind): Watch => ({
  kind: kind as unknown as Kind,
  keysOf: (object) => {
    const owner = controllerOf(object)
    return owner?.kind === ownerKind.kind
      ? [
          keyText({
            namespace: ownerKind.scope === 'Cluster' ? '' : (object.metadata.namespace ?? ''),
            name: owner.name,
          }),
        ]
      : []
  },
})

/** Watches `kind`; `keysOf` says whom a change concerns. */
export const mapped = <T extends Resource>(
  kind: Kind<T>,
  keysOf: (object: T, cache: Cache) => Iterable<string>,
): Watch => ({
  kind: kind as unknown as Kind,
  keysOf: (object, cache) => keysOf(object as T, cache),
})

/** The same watch, whose changes may wait for more of them (`runtimeLimits.settle`). */
export const settling = (watch: Watch): Watch => ({ ...watch, settles: true })

/** Declares an index. */
export const index = <T extends Resource>(
  kind: Kind<T>,
  name: string,
  valuesOf: (object: T) => readonly string[],
): Index => ({
  kind: kind as unknown as Kind,
  name,
  valuesOf: (object) => valuesOf(object as T),
})
