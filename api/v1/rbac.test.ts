import { describe, expect, it } from 'vitest'
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from './rbac.ts'
import type { PolicyRule, Subject } from './rbac-spec.ts'

const metadata = { name: 'x', namespace: 'prod' }
const rule = (over: Partial<PolicyRule>): PolicyRule => ({
  verbs: ['get'],
  apiGroups: [''],
  resources: ['secrets'],
  ...over,
})
const aRole = (one: PolicyRule) =>
  Role.schema.parse({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules: [one] })
const aClusterRole = (more: object) =>
  ClusterRole.schema.parse({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, ...more })
const ref = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' }
const aBinding = (subject: Partial<Subject>, roleRef: object = ref) =>
  RoleBinding.schema.parse({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata,
    roleRef,
    subjects: [{ kind: 'User', name: 'jane', ...subject }],
  })
const said = (problems: readonly { path: string; message: string }[]) =>
  problems.map(({ path, message }) => `${path}: ${message}`)

describe('rules', () => {
  it.each<[string, PolicyRule, readonly string[]]>([
    ['right', rule({}), []],
    ['without verbs', rule({ verbs: [] }), ['rules[0].verbs: Required value: verbs must contain at least one value']],
    [
      'without resources',
      rule({ resources: [] }),
      ['rules[0].resources: Required value: resource rules must supply at least one resource'],
    ],
    [
      'without groups',
      rule({ apiGroups: [] }),
      ['rules[0].apiGroups: Required value: resource rules must supply at least one api group'],
    ],
    [
      'about paths',
      { verbs: ['get'], nonResourceURLs: ['/x'] },
      ['rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs'],
    ],
  ])('of a Role %s', (_, one, want) => {
    expect(said(Role.validate(aRole(one), undefined))).toEqual(want)
  })

  it('of a ClusterRole may be about paths, but not of both', () => {
    const paths = { verbs: ['get'], nonResourceURLs: ['/x'] }
    expect(ClusterRole.validate(aClusterRole({ rules: [paths] }), undefined)).toEqual([])
    expect(said(ClusterRole.validate(aClusterRole({ rules: [{ ...rule({}), ...paths }] }), undefined))).toEqual([
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
    ])
  })

  it('are gathered by at least one selector, which can be read', () => {
    const by = (...clusterRoleSelectors: object[]) =>
      said(ClusterRole.validate(aClusterRole({ aggregationRule: { clusterRoleSelectors } }), undefined))
    expect(by({ matchLabels: { a: 'b' } })).toEqual([])
    expect(by()).toHaveLength(1)
    expect(by({ matchExpressions: [{ key: 'a', operator: 'Like' }] })).toHaveLength(1)
    expect(by({ matchExpressions: [{ key: 'a', operator: 'In' }] })).toHaveLength(1)
    expect(by({ matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] })).toHaveLength(1)
  })
})

describe('bindings', () => {
  it.each<[string, Partial<Subject>, object, readonly string[]]>([
    ['right', {}, ref, []],
    ['to a service account of its namespace', { kind: 'ServiceAccount', name: 'ci' }, ref, []],
    ['to nobody', { name: '' }, ref, ['subjects[0].name: Required value']],
    [
      'to a machine',
      { kind: 'Machine' },
      ref,
      ['subjects[0].kind: Unsupported value: "Machine": supported values: "ServiceAccount", "User", "Group"'],
    ],
    [
      'of a Task',
      {},
      { ...ref, kind: 'Task' },
      ['roleRef.kind: Unsupported value: "Task": supported values: "ClusterRole", "Role"'],
    ],
    ['of no role', {}, { ...ref, name: '' }, ['roleRef.name: Required value']],
  ])('%s', (_, subject, roleRef, want) => {
    expect(said(RoleBinding.validate(aBinding(subject, roleRef), undefined))).toEqual(want)
  })

  it('keep their role', () => {
    const now = aBinding({}, { ...ref, name: 'more' })
    expect(said(RoleBinding.validate(now, aBinding({})))).toEqual([expect.stringContaining('cannot change roleRef')])
  })

  it('of a cluster say where a service account is, and grant no Role', () => {
    const given = { ...aBinding({ kind: 'ServiceAccount', name: 'ci' }), kind: 'ClusterRoleBinding' as const }
    expect(said(ClusterRoleBinding.validate(given as never, undefined))).toEqual([
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      'subjects[0].namespace: Required value',
    ])
  })

  it('name the API group of users and groups', () => {
    expect(RoleBinding.complete(aBinding({})).subjects?.[0]?.apiGroup).toBe('rbac.authorization.k8s.io')
    expect(RoleBinding.complete(aBinding({ kind: 'ServiceAccount' })).subjects?.[0]?.apiGroup).toBeUndefined()
  })
})
