/** All roles and bindings at one moment, indexed by whom they are about: what may a user do, and why. Pure. */
import type { Resource } from '../meta/object.ts'
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../v1/rbac.ts'
import type { PolicyRule, Subject } from '../v1/rbac-spec.ts'
import { aggregatedRules } from './aggregation.ts'
import type { Attributes, Decision } from './attributes.ts'
import { allows } from './rules.ts'
import { serviceAccountUser, type User } from './user.ts'

export interface PolicyObjects {
  readonly roles: readonly Role[]
  readonly clusterRoles: readonly ClusterRole[]
  readonly roleBindings: readonly RoleBinding[]
  readonly clusterRoleBindings: readonly ClusterRoleBinding[]
}

/** One subject of one binding. */
interface Grant {
  readonly rules: readonly PolicyRule[]
  readonly binding: Binding
  readonly subject: Subject
  /** Why there are no rules. */
  readonly missing: string | undefined
}

export interface Policy {
  /** Whether a binding allows it. */
  decide(attributes: Attributes): Decision
  /** All rules that a user has in a namespace; empty: cluster-wide ones. */
  rulesFor(user: User, namespace: string): readonly PolicyRule[]
  /** What a role that a binding names allows; undefined when it does not exist. */
  rulesOf(ref: { readonly kind: string; readonly name: string }, namespace: string): readonly PolicyRule[] | undefined
}

type Grants = Map<string, Grant[]>
type Binding = RoleBinding | ClusterRoleBinding

const byName = (a: Resource, b: Resource): number => (a.metadata.name < b.metadata.name ? -1 : 1)

/** Under what a user is found: their name, and each of their groups. */
const keysOf = (user: User): readonly string[] => [`user ${user.name}`, ...user.groups.map((group) => `group ${group}`)]

function keyOfSubject({ kind, name, namespace = '' }: Subject, bound: string): string {
  if (kind === 'Group') return `group ${name}`
  return kind === 'User'
    ? `user ${name}`
    : `user ${serviceAccountUser(namespace === '' ? bound : namespace, name).name}`
}

const quoted = (name: string, namespace: string): string =>
  JSON.stringify(namespace === '' ? name : `${name}/${namespace}`)

/** As Kubernetes says it: `RoleBinding "a/ns" of Role "r" to User "u"`. */
function wordsOf({ binding: { kind, metadata, roleRef }, subject }: Grant): string {
  const binding = `${kind} ${quoted(metadata.name, metadata.namespace ?? '')}`
  const to = `${subject.kind} ${quoted(subject.name, subject.kind === 'ServiceAccount' ? (subject.namespace ?? '') : '')}`
  return `${binding} of ${roleRef.kind} ${quoted(roleRef.name, '')} to ${to}`
}

/** Indexes once; every question is then a few look-ups. */
export function policyOf(objects: PolicyObjects): Policy {
  const roles = new Map(objects.roles.map((role) => [`${role.metadata.namespace}/${role.metadata.name}`, role.rules]))
  const clusterRoles = new Map(aggregatedRules(objects.clusterRoles))
  const rulesOf: Policy['rulesOf'] = ({ kind, name }, namespace) =>
    kind === 'Role' ? roles.get(`${namespace}/${name}`) : clusterRoles.get(name)

  function add(grants: Grants, binding: Binding): void {
    const { roleRef, subjects = [], metadata } = binding
    const namespace = metadata.namespace ?? ''
    const found = rulesOf(roleRef, namespace)
    const missing =
      found === undefined
        ? `${roleRef.kind.toLowerCase()}.rbac.authorization.k8s.io ${quoted(roleRef.name, '')} not found`
        : undefined
    for (const subject of subjects) {
      const key = keyOfSubject(subject, namespace)
      const grant: Grant = { rules: found ?? [], binding, subject, missing }
      const known = grants.get(key)
      if (known === undefined) grants.set(key, [grant])
      else known.push(grant)
    }
  }

  const everywhere: Grants = new Map()
  for (const binding of [...objects.clusterRoleBindings].sort(byName)) add(everywhere, binding)
  const inNamespace = new Map<string, Grants>()
  for (const binding of [...objects.roleBindings].sort(byName)) {
    const namespace = binding.metadata.namespace ?? ''
    const grants = inNamespace.get(namespace) ?? new Map()
    inNamespace.set(namespace, grants)
    add(grants, binding)
  }

  function* grantsOf(user: User, namespace: string): Generator<Grant> {
    const keys = keysOf(user)
    const here = namespace === '' ? undefined : inNamespace.get(namespace)
    for (const grants of here === undefined ? [everywhere] : [everywhere, here])
      for (const key of keys) yield* grants.get(key) ?? []
  }

  return {
    decide(wanted) {
      const missing = new Set<string>()
      for (const grant of grantsOf(wanted.user, wanted.isResourceRequest ? wanted.namespace : '')) {
        if (grant.missing !== undefined) missing.add(grant.missing)
        if (grant.rules.some((rule) => allows(rule, wanted)))
          return { allowed: true, reason: `RBAC: allowed by ${wordsOf(grant)}` }
      }
      const why = [...missing]
      return {
        allowed: false,
        reason: why.length === 0 ? '' : `RBAC: ${why.length === 1 ? why[0] : `[${why.join(', ')}]`}`,
      }
    },
    rulesFor: (user, namespace) => [...grantsOf(user, namespace)].flatMap((grant) => grant.rules),
    rulesOf,
  }
}
