/** The policy as it is now: follows roles and bindings, and knows at once what was written through this server. */
import { type Clock, sleep } from '../../lib/clock.ts'
import { isFault } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { groupResource, type Kind } from '../meta/kind.ts'
import { keyOf, keyText, type Resource } from '../meta/object.ts'
import type { Registry } from '../registry/registry.ts'
import { rbacKinds } from '../v1/kinds.ts'
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../v1/rbac.ts'
import { limits } from './limits.ts'
import { type Policy, type PolicyObjects, policyOf } from './policy.ts'

export interface PolicyParts {
  readonly registry: Registry
  readonly clock: Clock
  readonly log: Logger
}

/** The objects of one kind, as of a version. */
interface Shelf {
  readonly kind: Kind
  readonly objects: Map<string, Resource>
  /** Nothing older than this is taken. */
  version: number
}

export class PolicyCache {
  readonly #parts: PolicyParts
  readonly #shelves: readonly Shelf[]
  #policy: Policy | undefined
  #change = Promise.withResolvers<void>()

  constructor(parts: PolicyParts) {
    this.#parts = parts
    this.#shelves = rbacKinds.map((kind) => ({ kind, objects: new Map(), version: 0 }))
  }

  /** Made anew only after a change. */
  get policy(): Policy {
    this.#policy ??= policyOf(this.#objects())
    return this.#policy
  }

  clusterRoles(): readonly ClusterRole[] {
    return this.#objects().clusterRoles
  }

  /** Resolves with the next change of any rule. */
  changed(): Promise<void> {
    return this.#change.promise
  }

  /** Whether rules come from this kind. */
  concerns(kind: Kind): boolean {
    return this.#shelf(kind) !== undefined
  }

  /** Reads a kind anew, from the store: what was written before the call counts when it returns. */
  async refresh(kind: Kind, signal: AbortSignal): Promise<void> {
    const shelf = this.#shelf(kind)
    if (shelf !== undefined) await this.#read(shelf, signal)
  }

  async readAll(signal: AbortSignal): Promise<void> {
    for (const shelf of this.#shelves) await this.#read(shelf, signal)
  }

  /** Follows one kind's changes, also those made through other servers, until the signal. */
  followers(): readonly ((signal: AbortSignal) => Promise<void>)[] {
    return this.#shelves.map((shelf) => (signal) => this.#follow(shelf, signal))
  }

  #objects(): PolicyObjects {
    const [roles, clusterRoles, roleBindings, clusterRoleBindings] = this.#shelves.map(({ objects }) => [
      ...objects.values(),
    ])
    return {
      roles: roles as Role[],
      clusterRoles: clusterRoles as ClusterRole[],
      roleBindings: roleBindings as RoleBinding[],
      clusterRoleBindings: clusterRoleBindings as ClusterRoleBinding[],
    }
  }

  #shelf(kind: Kind): Shelf | undefined {
    return this.#shelves.find((shelf) => groupResource(shelf.kind) === groupResource(kind))
  }

  async #read(shelf: Shelf, signal: AbortSignal): Promise<void> {
    const { items, resourceVersion } = await this.#parts.registry.list(shelf.kind, {}, signal)
    if (Number(resourceVersion) < shelf.version) return
    shelf.objects.clear()
    for (const object of items) shelf.objects.set(keyText(keyOf(object)), object)
    shelf.version = Number(resourceVersion)
    this.#forget()
  }

  #forget(): void {
    this.#policy = undefined
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }

  async #follow(shelf: Shelf, signal: AbortSignal): Promise<void> {
    const { registry, clock, log } = this.#parts
    while (!signal.aborted) {
      try {
        const watch = registry.watch(shelf.kind, { resourceVersion: String(shelf.version) }, signal)
        for await (const event of watch) if (event.type !== 'BOOKMARK') this.#take(shelf, event.type, event.object)
      } catch (error) {
        if (signal.aborted) return
        if (!isFault(error, 'Expired')) log.warn({ err: error, resource: shelf.kind.plural }, 'rules are not followed')
      }
      await sleep(clock, limits.followRetry, signal).catch(() => undefined)
      if (!signal.aborted) await this.#read(shelf, signal).catch(() => undefined)
    }
  }

  #take(shelf: Shelf, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Resource): void {
    const version = Number(object.metadata.resourceVersion)
    if (version <= shelf.version) return // a fresh list knew it already
    if (type === 'DELETED') shelf.objects.delete(keyText(keyOf(object)))
    else shelf.objects.set(keyText(keyOf(object)), object)
    shelf.version = version
    this.#forget()
  }
}
