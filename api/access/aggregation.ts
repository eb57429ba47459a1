/** ClusterRoles whose rules are those of others, chosen by their labels. Pure. */
import { isEqual } from '../../lib/equal.ts'
import type { ClusterRole } from '../v1/rbac.ts'
import type { LabelSelector, PolicyRule } from '../v1/rbac-spec.ts'

type Labels = Readonly<Record<string, string>>

function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  const value = (key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined)
  return (
    Object.entries(matchLabels).every(([key, wanted]) => value(key) === wanted) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const has = value(key)
      switch (operator) {
        case 'In':
          return has !== undefined && values.includes(has)
        case 'NotIn':
          return has === undefined || !values.includes(has)
        case 'Exists':
          return has !== undefined
        default:
          return has === undefined
      }
    })
  )
}

/** The rules of every ClusterRole by its name; those of aggregated roles are gathered, whatever they store. */
export function aggregatedRules(roles: readonly ClusterRole[]): ReadonlyMap<string, readonly PolicyRule[]> {
  const sorted = [...roles].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  const found = new Map<string, readonly PolicyRule[]>()
  const under = new Set<string>()

  function rulesOf(role: ClusterRole): readonly PolicyRule[] {
    const { name } = role.metadata
    const known = found.get(name)
    if (known !== undefined || role.aggregationRule === undefined) return known ?? role.rules
    if (under.has(name)) return [] // a circle: whoever comes first has all of it
    under.add(name)
    const rules: PolicyRule[] = []
    for (const selector of role.aggregationRule.clusterRoleSelectors) {
      for (const other of sorted) {
        if (other === role || !selects(selector, other.metadata.labels ?? {})) continue
        for (const rule of rulesOf(other)) if (!rules.some((one) => isEqual(one, rule))) rules.push(rule)
      }
    }
    under.delete(name)
    if (under.size === 0) found.set(name, rules)
    return rules
  }

  return new Map(sorted.map((role) => [role.metadata.name, rulesOf(role)]))
}
