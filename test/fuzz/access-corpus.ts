/** Well-formed requests about who may do what: roles and bindings, reviews, certificate requests, tokens of accounts. */
import { makeRequest } from '../../lib/x509/request.ts'
import type { TraceRequest } from '../golden/trace.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const home = '/namespaces/golden-a'
const headers = { 'content-type': 'application/json' }

type Body = Readonly<Record<string, unknown>>

/** An object made, replaced, patched, read and deleted; the name is always the same, so that they meet one another. */
function life(collection: string, body: Body, { status = {}, subresource = '' } = {}): readonly TraceRequest[] {
  const { name } = body.metadata as { readonly name: string }
  const path = `${collection}/${name}`
  const merge = { 'content-type': 'application/merge-patch+json' }
  const inner =
    subresource === '' ? [] : [{ method: 'PUT', path: path + subresource, headers, body: { ...body, status } }]
  return [
    { method: 'POST', path: collection, headers, body },
    { method: 'PUT', path, headers, body },
    { method: 'PATCH', path, headers: merge, body },
    { method: 'GET', path },
    { method: 'DELETE', path },
    ...inner,
  ]
}

const rules = [
  { apiGroups: [''], resources: ['secrets', 'configmaps/status'], resourceNames: ['a'], verbs: ['get', 'list'] },
  { apiGroups: ['gantry.dev'], resources: ['*'], verbs: ['*'] },
]
const clusterRule = { nonResourceURLs: ['/metrics', '/healthz*'], verbs: ['get'] }
const aggregationRule = {
  clusterRoleSelectors: [
    { matchLabels: { a: 'b' } },
    { matchExpressions: [{ key: 'c', operator: 'In', values: ['d'] }] },
  ],
}
const group = 'rbac.authorization.k8s.io'
const subjects = [
  { kind: 'User', apiGroup: group, name: 'jane' },
  { kind: 'Group', apiGroup: group, name: 'dev' },
  { kind: 'ServiceAccount', name: 'limited', namespace: 'golden-a' },
]

const roles = (): readonly TraceRequest[] => {
  const of = (kind: string, name: string, rest: object): Body => ({
    apiVersion: `${group}/v1`,
    kind,
    metadata: { name },
    ...rest,
  })
  const roleRef = (kind: string, name: string) => ({ apiGroup: group, kind, name })
  return [
    ...life(`${rbac}${home}/roles`, of('Role', 'fuzz', { rules })),
    ...life(`${rbac}/clusterroles`, of('ClusterRole', 'fuzz', { rules: [...rules, clusterRule] })),
    ...life(`${rbac}/clusterroles`, of('ClusterRole', 'fuzz-sum', { aggregationRule })),
    ...life(`${rbac}${home}/rolebindings`, of('RoleBinding', 'fuzz', { roleRef: roleRef('Role', 'fuzz'), subjects })),
    ...life(
      `${rbac}/clusterrolebindings`,
      of('ClusterRoleBinding', 'fuzz', { roleRef: roleRef('ClusterRole', 'fuzz-sum'), subjects }),
    ),
  ]
}

const resourceAttributes = {
  namespace: 'golden-a',
  verb: 'list',
  group: 'gantry.dev',
  version: 'v1',
  resource: 'services',
  subresource: 'status',
  name: 'web',
  labelSelector: { requirements: [{ key: 'a', operator: 'In', values: ['b'] }] },
  fieldSelector: { rawSelector: 'metadata.name=web' },
}
const nonResourceAttributes = { path: '/metrics', verb: 'get' }
const somebody = { user: 'jane', groups: ['dev', 'system:authenticated'], uid: '1', extra: { 'example.com/a': ['b'] } }

function reviews(): readonly TraceRequest[] {
  const ask = (where: string, kind: string, spec: object): TraceRequest => {
    const apiVersion = `${where.split('/')[0]}/v1`
    return { method: 'POST', path: `/apis/${where}`, headers, body: { apiVersion, kind, metadata: {}, spec } }
  }
  const of = 'authorization.k8s.io/v1'
  return [
    ask(`${of}/subjectaccessreviews`, 'SubjectAccessReview', { ...somebody, resourceAttributes }),
    ask(`${of}/subjectaccessreviews`, 'SubjectAccessReview', { ...somebody, nonResourceAttributes }),
    ask(`${of}${home}/localsubjectaccessreviews`, 'LocalSubjectAccessReview', { ...somebody, resourceAttributes }),
    ask(`${of}/selfsubjectaccessreviews`, 'SelfSubjectAccessReview', { resourceAttributes }),
    ask(`${of}/selfsubjectrulesreviews`, 'SelfSubjectRulesReview', { namespace: 'golden-a' }),
    ask('authentication.k8s.io/v1/tokenreviews', 'TokenReview', { token: 'x.y.z', audiences: ['a'] }),
    ask('authentication.k8s.io/v1/selfsubjectreviews', 'SelfSubjectReview', {}),
  ]
}

async function certificates(): Promise<readonly TraceRequest[]> {
  const { request } = await makeRequest({ commonName: 'jane', organizations: ['dev'] })
  const spec = {
    request: Buffer.from(request).toString('base64'),
    signerName: 'kubernetes.io/kube-apiserver-client',
    expirationSeconds: 3600,
    usages: ['digital signature', 'client auth'],
  }
  const collection = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
  const body = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'fuzz' },
    spec,
  }
  const conditions = [{ type: 'Approved', status: 'True', reason: 'Fuzz', message: 'why not' }]
  const certificate = Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n').toString('base64')
  return [
    ...life(collection, body, { subresource: '/approval', status: { conditions } }),
    ...life(collection, body, { subresource: '/status', status: { conditions, certificate } }),
  ]
}

const tokens = (): readonly TraceRequest[] =>
  ['limited', 'default'].map((account) => ({
    method: 'POST',
    path: `/api/v1${home}/serviceaccounts/${account}/token`,
    headers,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: { audiences: ['a'], expirationSeconds: 3600, boundObjectRef: null },
    },
  }))

export const accessCorpus = async (): Promise<readonly TraceRequest[]> => [
  ...roles(),
  ...reviews(),
  ...(await certificates()),
  ...tokens(),
]
