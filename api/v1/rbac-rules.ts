/** What Kubernetes checks of roles and bindings that a schema cannot say. Pure. */
import { isEqual } from '../../lib/equal.ts'
import type { FieldProblem } from '../../lib/errors.ts'
import { invalid, notSupported, required } from '../meta/problems.ts'
import { type LabelSelector, type PolicyRule, rbacGroup, type Subject } from './rbac-spec.ts'

const some = (list: readonly unknown[] | undefined): boolean => (list ?? []).length > 0

function ruleProblems(rule: PolicyRule, at: string, namespaced: boolean): readonly FieldProblem[] {
  const verbs = some(rule.verbs) ? [] : [required(`${at}.verbs`, 'verbs must contain at least one value')]
  if (some(rule.nonResourceURLs)) {
    const wrong = (why: string): FieldProblem => invalid(`${at}.nonResourceURLs`, rule.nonResourceURLs, why)
    return [
      ...verbs,
      ...(namespaced ? [wrong('namespaced rules cannot apply to non-resource URLs')] : []),
      ...(some(rule.apiGroups) || some(rule.resources) || some(rule.resourceNames)
        ? [wrong('rules cannot apply to both regular resources and non-resource URLs')]
        : []),
    ]
  }
  return [
    ...verbs,
    ...(some(rule.apiGroups) ? [] : [required(`${at}.apiGroups`, 'resource rules must supply at least one api group')]),
    ...(some(rule.resources) ? [] : [required(`${at}.resources`, 'resource rules must supply at least one resource')]),
  ]
}

/** Of the rules of a role; `namespaced` for those of a Role. */
export const rulesProblems = (rules: readonly PolicyRule[], namespaced: boolean): readonly FieldProblem[] =>
  rules.flatMap((rule, i) => ruleProblems(rule, `rules[${i}]`, namespaced))

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist']

function selectorProblems({ matchExpressions = [] }: LabelSelector, at: string): readonly FieldProblem[] {
  return matchExpressions.flatMap(({ operator, values }, i) => {
    const path = `${at}.matchExpressions[${i}]`
    if (!operators.includes(operator)) return [invalid(`${path}.operator`, operator, 'not a valid selector operator')]
    const wants = operator === 'In' || operator === 'NotIn'
    if (wants && !some(values))
      return [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
    return !wants && some(values)
      ? [
          {
            path: `${path}.values`,
            reason: 'FieldValueForbidden' as const,
            message: "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
          },
        ]
      : []
  })
}

export function clusterRoleProblems(role: {
  readonly rules: readonly PolicyRule[]
  readonly aggregationRule?: { readonly clusterRoleSelectors: readonly LabelSelector[] } | undefined
}): readonly FieldProblem[] {
  const at = 'aggregationRule.clusterRoleSelectors'
  const selectors = role.aggregationRule?.clusterRoleSelectors
  return [
    ...rulesProblems(role.rules, false),
    ...(selectors !== undefined && selectors.length === 0
      ? [required(at, 'at least one clusterRoleSelector required if aggregationRule is non-nil')]
      : (selectors ?? []).flatMap((selector, i) => selectorProblems(selector, `${at}[${i}]`))),
  ]
}

interface BindingLike {
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string }
  readonly subjects?: readonly Subject[] | undefined
}

interface BindingBounds {
  /** Kinds of roles that may be granted. */
  readonly kinds: readonly string[]
  readonly namespaced: boolean
}

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

function subjectProblems(subject: Subject, at: string, { namespaced }: BindingBounds): readonly FieldProblem[] {
  const { kind, name, apiGroup = '', namespace = '' } = subject
  const unnamed = name === '' ? [required(`${at}.name`)] : []
  switch (kind) {
    case 'ServiceAccount':
      return [
        ...unnamed,
        ...(name === '' || (subdomain.test(name) && name.length <= 253)
          ? []
          : [invalid(`${at}.name`, name, 'a service account is named by a lowercase RFC 1123 subdomain')]),
        ...(apiGroup === '' ? [] : [notSupported(`${at}.apiGroup`, apiGroup, [''])]),
        ...(namespace === '' && !namespaced ? [required(`${at}.namespace`)] : []),
      ]
    case 'User':
    case 'Group':
      // Left out it is filled in, as Kubernetes does.
      return [
        ...unnamed,
        ...(apiGroup === '' || apiGroup === rbacGroup ? [] : [notSupported(`${at}.apiGroup`, apiGroup, [rbacGroup])]),
      ]
    default:
      return [...unnamed, notSupported(`${at}.kind`, kind, ['ServiceAccount', 'User', 'Group'])]
  }
}

const segment = (name: string): boolean => name !== '.' && name !== '..' && !/[/%]/.test(name)

export function bindingProblems(
  { roleRef, subjects = [] }: BindingLike,
  old: BindingLike | undefined,
  bounds: BindingBounds,
): readonly FieldProblem[] {
  return [
    ...(roleRef.apiGroup === rbacGroup ? [] : [notSupported('roleRef.apiGroup', roleRef.apiGroup, [rbacGroup])]),
    ...(bounds.kinds.includes(roleRef.kind) ? [] : [notSupported('roleRef.kind', roleRef.kind, bounds.kinds)]),
    ...(roleRef.name === '' ? [required('roleRef.name')] : []),
    ...(segment(roleRef.name) ? [] : [invalid('roleRef.name', roleRef.name, 'must be a path segment')]),
    ...subjects.flatMap((subject, i) => subjectProblems(subject, `subjects[${i}]`, bounds)),
    ...(old === undefined || isEqual(old.roleRef, roleRef)
      ? []
      : [invalid('roleRef', roleRef, 'cannot change roleRef')]),
  ]
}
