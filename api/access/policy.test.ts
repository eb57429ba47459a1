import { describe, expect, it } from 'vitest'
import { apiVersionOf, type Kind } from '../meta/kind.ts'
import type { Draft, Resource } from '../meta/object.ts'
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../v1/rbac.ts'
import type { PolicyRule, Subject } from '../v1/rbac-spec.ts'
import { type Attributes, pathAttributes, resourceAttributes } from './attributes.ts'
import { builtInBindings, builtInRoles } from './built-in.ts'
import { type PolicyObjects, policyOf } from './policy.ts'
import { anonymous, serviceAccountUser, type User } from './user.ts'

const made = <T extends Resource>(kind: Kind<T>, draft: Draft<T>): T =>
  kind.schema.parse({ apiVersion: apiVersionOf(kind), kind: kind.kind, ...draft })
const known = (name: string, ...groups: string[]): User => ({ name, groups: [...groups, 'system:authenticated'] })
const subject = (kind: string, name: string): Subject => ({ kind, name })
const ref = (kind: string, name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name })
const everywhere = (role: string, ...subjects: Subject[]): ClusterRoleBinding =>
  made(ClusterRoleBinding, { metadata: { name: `${role}-everywhere` }, roleRef: ref('ClusterRole', role), subjects })
const within = (namespace: string, role: string, ...subjects: Subject[]): RoleBinding =>
  made(RoleBinding, { metadata: { namespace, name: role }, roleRef: ref('ClusterRole', role), subjects })

const policy = (more: Partial<PolicyObjects> = {}) =>
  policyOf({
    roles: more.roles ?? [],
    clusterRoles: [...builtInRoles.map((role) => made(ClusterRole, role)), ...(more.clusterRoles ?? [])],
    roleBindings: more.roleBindings ?? [],
    clusterRoleBindings: [
      ...builtInBindings.map((binding) => made(ClusterRoleBinding, binding)),
      ...(more.clusterRoleBindings ?? []),
    ],
  })

const gantry = { group: 'gantry.dev', version: 'v1', namespace: 'prod' }
/** `get tasks`, `update services/scale`, `get secrets`, `list tasks in other`. */
function wanted(user: User, text: string): Attributes {
  const [verb = '', what = '', , where = 'prod'] = text.split(' ')
  if (what.startsWith('/')) return pathAttributes(user, verb, what)
  const [resource = '', subresource = ''] = what.split('/')
  const group = /^(secrets|configmaps|events|namespaces|serviceaccounts)$/.test(resource)
    ? ''
    : /^(roles|rolebindings)$/.test(resource)
      ? 'rbac.authorization.k8s.io'
      : 'gantry.dev'
  return resourceAttributes(user, { ...gantry, group, verb, resource, subresource, namespace: where })
}

describe('the built-in roles, bound in namespace prod', () => {
  const bound = policy({
    roleBindings: ['view', 'edit', 'admin'].map((role) => within('prod', role, subject('User', role))),
  })
  const may: Record<string, readonly string[]> = {
    anonymous: ['get /livez', 'get /version'],
    view: [
      'get tasks',
      'watch services',
      'get services/scale',
      'get tasks/log',
      'list events',
      'get configmaps',
      'get /apis/x',
    ],
    edit: ['get tasks', 'create services', 'patch services/scale', 'delete tasks', 'get secrets', 'update configmaps'],
    admin: ['create tasks', 'get secrets', 'create rolebindings', 'update roles'],
  }
  const mayNot: Record<string, readonly string[]> = {
    anonymous: ['get tasks', 'get /api', 'get /metrics', 'get /livez/x', 'post /version'],
    view: ['get secrets', 'create tasks', 'patch services/scale', 'get roles', 'get tasks in other', 'get /metrics'],
    edit: [
      'update tasks/status',
      'create rolebindings',
      'create clusters',
      'delete services in other',
      'get secrets in other',
    ],
    admin: ['update services/status', 'create rolebindings in other', 'create clusters', 'get /metrics'],
  }
  const cases = (table: Record<string, readonly string[]>) =>
    Object.entries(table).flatMap(([who, texts]) => texts.map((text) => [who, text] as const))
  const decide = (who: string, text: string) =>
    bound.decide(wanted(who === 'anonymous' ? anonymous : known(who), text)).allowed

  it.each(cases(may))('%s may %s', (who, text) => expect(decide(who, text)).toBe(true))
  it.each(cases(mayNot))('%s may not %s', (who, text) => expect(decide(who, text)).toBe(false))
})

describe('rules', () => {
  const jane = known('jane')
  const having = (rule: PolicyRule) =>
    policy({
      clusterRoles: [made(ClusterRole, { metadata: { name: 'r' }, rules: [rule] })],
      clusterRoleBindings: [everywhere('r', subject('User', 'jane'))],
    })
  const on = (resources: string[], more: Partial<PolicyRule> = {}): PolicyRule => ({
    verbs: ['get'],
    apiGroups: ['gantry.dev'],
    resources,
    ...more,
  })
  it.each<[string, PolicyRule, string, boolean]>([
    ['a resource is not its parts', on(['tasks']), 'get tasks/status', false],
    ['a part is not its resource', on(['tasks/status']), 'get tasks', false],
    ['all is parts too', on(['*']), 'get tasks/status', true],
    ['one part of all', on(['*/status']), 'get tasks/status', true],
    ['one part of all is no other', on(['*/status']), 'get tasks/log', false],
    ['another group', on(['tasks'], { apiGroups: ['other.dev'] }), 'get tasks', false],
    ['all verbs', on(['tasks'], { verbs: ['*'] }), 'deletecollection tasks', true],
    [
      'a named object is not the collection',
      on(['tasks'], { verbs: ['list'], resourceNames: ['a'] }),
      'list tasks',
      false,
    ],
    ['a path and what is below', { verbs: ['get'], nonResourceURLs: ['/x/*'] }, 'get /x/y/z', true],
    ['a path and what only begins so', { verbs: ['get'], nonResourceURLs: ['/x/*'] }, 'get /xy', false],
  ])('%s', (_, rule, text, allowed) => {
    expect(having(rule).decide(wanted(jane, text)).allowed).toBe(allowed)
  })

  it('names are compared', () => {
    const { decide } = having(on(['tasks'], { resourceNames: ['a'] }))
    const named = (name: string) => ({ ...wanted(jane, 'get tasks'), name })
    expect([decide(named('a')).allowed, decide(named('b')).allowed]).toEqual([true, false])
  })
})

describe('bindings', () => {
  const clusterRoles = [
    made(ClusterRole, {
      metadata: { name: 'r' },
      rules: [{ verbs: ['get'], apiGroups: ['gantry.dev'], resources: ['tasks'] }],
    }),
  ]
  it.each<[string, Subject, User, boolean]>([
    ['a group', subject('Group', 'devs'), known('jane', 'devs'), true],
    ['a user is no group', subject('User', 'devs'), known('jane', 'devs'), false],
    [
      'a service account of the same namespace',
      subject('ServiceAccount', 'ci'),
      serviceAccountUser('prod', 'ci'),
      true,
    ],
    ['one of another', { ...subject('ServiceAccount', 'ci'), namespace: 'x' }, serviceAccountUser('prod', 'ci'), false],
  ])('%s', (_, to, user, allowed) => {
    const bound = policy({ clusterRoles, roleBindings: [within('prod', 'r', to)] })
    expect(bound.decide(wanted(user, 'get tasks')).allowed).toBe(allowed)
    expect(bound.decide(wanted(user, 'get tasks in other')).allowed).toBe(false)
  })

  it('say why, in the words of Kubernetes', () => {
    const role = made(Role, { metadata: { namespace: 'prod', name: 'r' }, rules: clusterRoles[0]?.rules ?? [] })
    const to = { ...subject('ServiceAccount', 'ci'), namespace: 'prod' }
    const bound = policy({ roles: [role], roleBindings: [{ ...within('prod', 'b', to), roleRef: ref('Role', 'r') }] })
    expect(bound.decide(wanted(serviceAccountUser('prod', 'ci'), 'get tasks'))).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "b/prod" of Role "r" to ServiceAccount "ci/prod"',
    })
  })

  it('to a role that is not there grant nothing, and say so', () => {
    const bound = policy({ clusterRoleBindings: [everywhere('gone', subject('User', 'jane'))] })
    expect(bound.decide(wanted(known('jane'), 'get tasks'))).toEqual({
      allowed: false,
      reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
    })
  })
})

describe('aggregation', () => {
  const label = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }
  const widgets = { verbs: ['get'], apiGroups: ['example.com'], resources: ['widgets'] }
  it('a role labelled for view counts for view, edit and admin', () => {
    const bound = policy({
      clusterRoles: [made(ClusterRole, { metadata: { name: 'more', labels: label }, rules: [widgets] })],
      clusterRoleBindings: ['view', 'edit', 'admin'].map((role) => everywhere(role, subject('User', role))),
    })
    const asks = (user: string) =>
      bound.decide(resourceAttributes(known(user), { verb: 'get', group: 'example.com', resource: 'widgets' })).allowed
    expect(['view', 'edit', 'admin', 'nobody'].map(asks)).toEqual([true, true, true, false])
  })

  it('a circle ends', () => {
    const circle = (name: string) =>
      made(ClusterRole, {
        metadata: { name, labels: { circle: 'yes' } },
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { circle: 'yes' } }] },
        rules: [],
      })
    const plain = made(ClusterRole, { metadata: { name: 'p', labels: { circle: 'yes' } }, rules: [widgets] })
    const { rulesOf } = policy({ clusterRoles: [circle('a'), circle('b'), plain] })
    expect(rulesOf(ref('ClusterRole', 'a'), '')).toEqual([widgets])
    expect(rulesOf(ref('ClusterRole', 'b'), '')).toEqual([widgets])
  })
})
