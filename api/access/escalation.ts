/** Nobody grants what they do not have, unless they may `escalate` roles or `bind` them: Kubernetes' rule. */
import { isEqual } from '../../lib/equal.ts'
import { Fault } from '../../lib/errors.ts'
import { groupResource, type Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import type { ClusterRole, RoleBinding } from '../v1/rbac.ts'
import { type PolicyRule, rbacGroup } from '../v1/rbac-spec.ts'
import { type Authorizer, resourceAttributes } from './attributes.ts'
import { limits } from './limits.ts'
import type { Policy } from './policy.ts'
import { breadthOf, uncovered } from './rules.ts'
import type { User } from './user.ts'

interface Granting {
  readonly policy: Policy
  readonly authorize: Authorizer
  readonly user: User
}

const everything: readonly PolicyRule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
]

/** As Kubernetes spells a rule in a refusal. */
function wordsOf(rule: PolicyRule): string {
  const members = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['ResourceNames', rule.resourceNames],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['Verbs', rule.verbs],
  ] as const
  return `{${members.flatMap(([name, list]) => (list === undefined ? [] : [`${name}:${JSON.stringify(list)}`])).join(', ')}}`
}

/** Of a role or binding that is to be stored. Faults: Forbidden. */
export async function checkGrant(
  { policy, authorize, user }: Granting,
  { kind, object, old }: { readonly kind: Kind; readonly object: Resource; readonly old: Resource | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace = '' } = object.metadata
  const may = async (verb: string, resource: string, of: string): Promise<boolean> => {
    const wanted = resourceAttributes(user, { verb, group: rbacGroup, version: 'v1', resource, namespace, name: of })
    return (await authorize(wanted, signal)).allowed
  }
  const refuse = (why: string): Fault =>
    new Fault('Forbidden', `${groupResource(kind)} ${JSON.stringify(name)} is forbidden: ${why}`, {
      about: { group: kind.group, resource: kind.plural, kind: kind.kind, name },
    })
  const check = (wanted: readonly PolicyRule[]): void => {
    if (breadthOf(wanted) > limits.grantBreadth)
      throw refuse(`rules about more than ${limits.grantBreadth} single things cannot be compared with those of a user`)
    const missing = uncovered(policy.rulesFor(user, namespace), wanted, limits.grantMissing)
    if (missing.length === 0) return
    const groups = user.groups.map((group) => JSON.stringify(group)).join(' ')
    throw refuse(
      `user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n` +
        missing.map(wordsOf).join('\n'),
    )
  }

  if (kind.kind === 'Role' || kind.kind === 'ClusterRole') {
    const { rules, aggregationRule } = object as ClusterRole
    const before = old as ClusterRole | undefined
    if (before !== undefined && isEqual([rules, aggregationRule], [before.rules, before.aggregationRule])) return
    if (await may('escalate', kind.plural, name)) return
    check(rules)
    if (aggregationRule === undefined || isEqual(aggregationRule, before?.aggregationRule)) return
    if (uncovered(policy.rulesFor(user, namespace), everything, 1).length > 0)
      throw refuse('must have cluster-admin privileges to use the aggregationRule')
    return
  }
  const { roleRef, subjects } = object as RoleBinding
  const before = old as RoleBinding | undefined
  if (before !== undefined && isEqual([roleRef, subjects], [before.roleRef, before.subjects])) return
  if (await may('bind', roleRef.kind === 'Role' ? 'roles' : 'clusterroles', roleRef.name)) return
  const granted = policy.rulesOf(roleRef, namespace)
  if (granted === undefined) {
    throw new Fault(
      'NotFound',
      `${roleRef.kind.toLowerCase()}s.${rbacGroup} ${JSON.stringify(roleRef.name)} not found`,
      {
        about: { group: rbacGroup, resource: `${roleRef.kind.toLowerCase()}s`, kind: roleRef.kind, name: roleRef.name },
      },
    )
  }
  check(granted)
}
