/** ResourceClient: the one contract by which controllers, CLI and agents read and write resources. */
import type { Kind } from '../meta/kind.ts'
import type { Draft, ObjectKey, OwnerReference, Resource } from '../meta/object.ts'

export interface ListOptions {
  /** One namespace; absent: all. */
  readonly namespace?: string
  /** Kubernetes' syntax: `app=web,tier in (a,b)`. */
  readonly labelSelector?: string
  /** Kubernetes' syntax: `spec.containerInstance=one`. */
  readonly fieldSelector?: string
}

export interface ResourceList<T> {
  /** The version to watch from. */
  readonly resourceVersion: string
  readonly items: readonly T[]
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  /** Everything up to this version was delivered. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }

export interface Preconditions {
  readonly uid?: string
  readonly resourceVersion?: string
}

export interface DeleteOptions {
  readonly preconditions?: Preconditions
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  readonly gracePeriodSeconds?: number
}

export const patchTypes = ['merge', 'json'] as const
export type PatchType = (typeof patchTypes)[number]

/** What somebody wants of an object: its name, and the fields that shall be so. Others are left to others. */
export interface Wanted {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly finalizers?: readonly string[]
    readonly ownerReferences?: readonly OwnerReference[]
  }
  readonly spec?: unknown
  readonly status?: unknown
}

export interface ApplyOptions {
  /** Takes fields that others own with another value. */
  readonly force?: boolean
  readonly subresource?: 'status'
}

/**
 * Two makers: `direct` (in process, on the registry) and `kubernetes` (any Kubernetes-style API server). Both pass
 * test/conformance/client.ts. Objects that come out are read-only. All methods fault with Unavailable or Timeout when
 * the other side cannot be reached; a write that faulted with Timeout may have happened.
 */
export interface ResourceClient {
  /** Faults: NotFound. */
  get<T extends Resource>(kind: Kind<T>, key: ObjectKey, signal: AbortSignal): Promise<T>
  /** All objects, consistent at one version (pages are followed inside). */
  list<T extends Resource>(kind: Kind<T>, options: ListOptions, signal: AbortSignal): Promise<ResourceList<T>>
  /**
   * Events after `resourceVersion`, without gap or duplicate. Returns when the other side ended the watch in good order
   * (watch again from the last version seen), throws a Fault when it broke; Expired means: list again. The caller
   * watches over silence: a bookmark comes at least once a minute.
   */
  watch<T extends Resource>(
    kind: Kind<T>,
    options: ListOptions & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>
  /** Faults: AlreadyExists, Invalid, Forbidden, NotFound (of the namespace). */
  create<T extends Resource>(kind: Kind<T>, object: Draft<T>, signal: AbortSignal): Promise<T>
  /** Replaces all but status. Faults: Conflict when metadata.resourceVersion is not the current one, NotFound, Invalid. */
  update<T extends Resource>(kind: Kind<T>, object: T, signal: AbortSignal): Promise<T>
  /** Replaces status alone (for kinds with a status subresource). Faults as `update`. */
  updateStatus<T extends Resource>(kind: Kind<T>, object: T, signal: AbortSignal): Promise<T>
  /** Replaces spec.finalizers alone (Namespace). Faults as `update`. */
  finalize<T extends Resource>(kind: Kind<T>, object: T, signal: AbortSignal): Promise<T>
  /** Applies a patch to the newest version. `merge` is RFC 7386, `json` is RFC 6902. */
  patch<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: { readonly type: PatchType; readonly body: unknown; readonly subresource?: 'status' },
    signal: AbortSignal,
  ): Promise<T>
  /**
   * Server-side apply: the object says what is wanted, and no more what the same manager wanted before; it is made if it
   * is missing. Faults: Conflict, with the fields that others own with another value; BadRequest when a value is of the
   * wrong type or nobody knows a member; Invalid, NotFound (of a subresource).
   */
  apply<T extends Resource>(kind: Kind<T>, wanted: Wanted, options: ApplyOptions, signal: AbortSignal): Promise<T>
  /** Marks or removes. Faults: NotFound, Conflict when a precondition does not hold. */
  delete<T extends Resource>(kind: Kind<T>, key: ObjectKey, options: DeleteOptions, signal: AbortSignal): Promise<void>
  /**
   * Of a client whose requests may wait for their turn: the same, with `beforeWrite` asked each time that a write is about to be
   * sent, after whatever it waited for. What that throws is what the write faults with.
   */
  guarded?(beforeWrite: () => void): ResourceClient
}
