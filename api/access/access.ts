/** Authorization as a running part of a server: the authorizer, what bodies must not say, and the rules it goes by. */
import { Scope } from '../../lib/scope.ts'
import { groupResource, type Kind } from '../meta/kind.ts'
import type { Change } from '../registry/write.ts'
import { rbacKinds } from '../v1/kinds.ts'
import { checkApproval } from './approval-rule.ts'
import { type Attributes, type Authorizer, resourceAttributes } from './attributes.ts'
import { authorizer } from './authorizer.ts'
import { ensureBuiltIn } from './bootstrap.ts'
import { builtInPolicy } from './built-in-policy.ts'
import { instanceMayStore } from './container-instance-rule.ts'
import { checkGrant } from './escalation.ts'
import { forbidden } from './forbidden.ts'
import { keepAggregated } from './keep-aggregated.ts'
import type { Policy } from './policy.ts'
import { PolicyCache, type PolicyParts } from './policy-cache.ts'
import { containerInstanceOf, mastersGroup } from './user.ts'

export interface Access {
  readonly authorize: Authorizer
  /** The rules in force now. */
  readonly policy: Policy
  /** Refuses what only the body of an allowed request tells. Faults: Forbidden. */
  review(change: Change, request: Attributes, signal: AbortSignal): Promise<void>
  /** To be called after a write to a kind, before it is answered: rules count from the answer on. */
  wrote(kind: Kind, signal: AbortSignal): Promise<void>
  /** Ends what runs in the background. */
  close(): Promise<void>
}

/**
 * Restores the built-in roles, reads all rules, and follows them until the signal. A registry without the kinds of RBAC
 * has the built-in rules and no others. Faults: those of the store.
 */
export async function openAccess(parts: PolicyParts, signal: AbortSignal): Promise<Access> {
  const { registry } = parts
  const served = new Set(registry.kinds.map(groupResource))
  const cache = rbacKinds.every((kind) => served.has(groupResource(kind))) ? new PolicyCache(parts) : undefined
  if (cache !== undefined) {
    await ensureBuiltIn(registry, signal)
    await cache.readAll(signal)
  }
  const builtIn = builtInPolicy()
  const policy = (): Policy => cache?.policy ?? builtIn
  const authorize = authorizer(policy, registry)
  const scope = new Scope(signal)
  for (const follow of cache?.followers() ?? []) scope.go('access rules', follow)
  if (cache !== undefined) scope.go('aggregated roles', (s) => keepAggregated({ ...parts, cache }, s))

  return {
    authorize,
    get policy() {
      return policy()
    },
    async review(change, request, s) {
      const { user, verb } = request
      if (user.groups.includes(mastersGroup)) return
      checkApproval(change, request.isResourceRequest ? request.subresource : '')
      const { kind, object, old } = change
      const { namespace = '', name } = object.metadata
      const { group, version, plural: resource } = kind
      if (old === undefined && verb !== 'create') {
        const wanted = resourceAttributes(user, { verb: 'create', group, version, resource, namespace, name })
        const { allowed, reason } = await authorize(wanted, s)
        if (!allowed) throw forbidden(wanted, reason)
      }
      const instance = containerInstanceOf(user)
      if (instance !== undefined) await instanceMayStore(registry, instance, change, s)
      if (cache?.concerns(kind) === true) await checkGrant({ policy: policy(), authorize, user }, change, s)
    },
    wrote: async (kind, s) => cache?.refresh(kind, s),
    close: () => scope[Symbol.asyncDispose](),
  }
}
