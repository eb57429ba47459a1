/** The roles that exist from the start, and who has them: Kubernetes' own where they make sense, over Gantry's kinds. */
import type { Draft } from '../meta/object.ts'
import { gantryKinds } from '../v1/kinds.ts'
import { NewEvent } from '../v1/new-event.ts'
import type { ClusterRole, ClusterRoleBinding } from '../v1/rbac.ts'
import { type PolicyRule, rbacGroup } from '../v1/rbac-spec.ts'
import { bootstrappersGroup } from '../v1/user-names.ts'
import { authenticatedGroup, mastersGroup, unauthenticatedGroup } from './user.ts'

const read = ['get', 'list', 'watch']
const write = ['create', 'delete', 'deletecollection', 'patch', 'update']

/** Roles with this annotation get missing rules back at each start; `false` leaves them alone. */
export const autoupdate = `rbac.authorization.kubernetes.io/autoupdate`
const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
const annotations = { [autoupdate]: 'true' }

type Role = Draft<ClusterRole>
type Binding = Draft<ClusterRoleBinding>

const role = (name: string, rules: PolicyRule[], more: Readonly<Record<string, string>> = {}): Role => ({
  metadata: { name, labels: { ...labels, ...more }, annotations },
  rules,
})
const toAggregate = (name: string): Readonly<Record<string, string>> => ({
  [`rbac.authorization.k8s.io/aggregate-to-${name}`]: 'true',
})
const aggregated = (name: string, more: Readonly<Record<string, string>> = {}): Role => ({
  ...role(name, [], more),
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: toAggregate(name) }] },
})
const binding = (name: string, groups: readonly string[]): Binding => ({
  metadata: { name, labels, annotations },
  roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name },
  subjects: groups.map((group) => ({ kind: 'Group', apiGroup: rbacGroup, name: group })),
})

const on = (apiGroup: string, resources: string[], verbs: string[]): PolicyRule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
})
const paths = (...nonResourceURLs: string[]): PolicyRule => ({ nonResourceURLs, verbs: ['get'] })

/** Kinds of Gantry with their parts. */
const everything = gantryKinds.flatMap((kind) => [
  kind.plural,
  ...(kind.statusSubresource ? [`${kind.plural}/status`] : []),
  ...(kind.scale === undefined ? [] : [`${kind.plural}/scale`]),
])
/** A cluster is a namespace, which neither edit nor admin makes in Kubernetes; statuses are the controllers'. */
const editable = everything.filter((resource) => !resource.startsWith('clusters') && !resource.endsWith('/status'))

const view = [
  on('gantry.dev', [...everything, 'tasks/log'], read),
  // Not secrets: whoever reads them may be anybody whose credentials they hold.
  on('', ['configmaps', 'events', 'namespaces', 'namespaces/status', 'serviceaccounts'], read),
  on(NewEvent.group, [NewEvent.plural], read),
]
const edit = [
  on('gantry.dev', editable, write),
  on('', ['secrets'], read),
  on('', ['configmaps', 'events', 'secrets', 'serviceaccounts'], write),
  on(NewEvent.group, [NewEvent.plural], write),
  on('', ['serviceaccounts'], ['impersonate']),
  on('', ['serviceaccounts/token'], ['create']),
  on('coordination.k8s.io', ['leases'], [...read, ...write]),
]
const admin = [
  on(rbacGroup, ['rolebindings', 'roles'], [...read, ...write]),
  on('authorization.k8s.io', ['localsubjectaccessreviews'], ['create']),
]

const health = ['/healthz', '/livez', '/readyz', '/version', '/version/']

export const builtInRoles: readonly Role[] = [
  role('cluster-admin', [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ]),
  aggregated('admin'),
  aggregated('edit', toAggregate('admin')),
  aggregated('view', toAggregate('edit')),
  role('system:aggregate-to-admin', admin, toAggregate('admin')),
  role('system:aggregate-to-edit', edit, toAggregate('edit')),
  role('system:aggregate-to-view', view, toAggregate('view')),
  role('system:basic-user', [
    on('authorization.k8s.io', ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], ['create']),
    on('authentication.k8s.io', ['selfsubjectreviews'], ['create']),
  ]),
  // Who shows a bootstrap token asks for a certificate, and may nothing else.
  role('system:bootstrapper', [on('certificates.k8s.io', ['certificatesigningrequests'], ['create', 'get'])]),
  role('system:discovery', [
    paths('/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/openapi', '/openapi/*', ...health.slice(2)),
  ]),
  role('system:public-info-viewer', [paths(...health)]),
  role('system:service-account-issuer-discovery', [
    paths(
      '/.well-known/openid-configuration',
      '/.well-known/openid-configuration/',
      '/openid/v1/jwks',
      '/openid/v1/jwks/',
    ),
  ]),
  role('system:well-known-viewer', [paths('/.well-known', '/.well-known/*')]),
]

export const builtInBindings: readonly Binding[] = [
  binding('cluster-admin', [mastersGroup]),
  binding('system:basic-user', [authenticatedGroup]),
  binding('system:bootstrapper', [bootstrappersGroup]),
  binding('system:discovery', [authenticatedGroup]),
  binding('system:public-info-viewer', [authenticatedGroup, unauthenticatedGroup]),
  binding('system:service-account-issuer-discovery', ['system:serviceaccounts']),
  binding('system:well-known-viewer', [authenticatedGroup]),
]
