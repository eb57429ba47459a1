/** The built-in roles and bindings as a policy, for a registry that keeps none. Pure. */
import { apiVersionOf, type Kind } from '../meta/kind.ts'
import type { Draft, Resource } from '../meta/object.ts'
import { ClusterRole, ClusterRoleBinding } from '../v1/rbac.ts'
import { builtInBindings, builtInRoles } from './built-in.ts'
import { type Policy, policyOf } from './policy.ts'

const made = <T extends Resource>(kind: Kind<T>, drafts: readonly Draft<T>[]): readonly T[] =>
  drafts.map((draft) => kind.schema.parse({ apiVersion: apiVersionOf(kind), kind: kind.kind, ...draft }))

export const builtInPolicy = (): Policy =>
  policyOf({
    roles: [],
    clusterRoles: made(ClusterRole, builtInRoles),
    roleBindings: [],
    clusterRoleBindings: made(ClusterRoleBinding, builtInBindings),
  })
