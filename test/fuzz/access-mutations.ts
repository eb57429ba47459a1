/** Mutations of what only requests about access have: rules, subjects, attributes, signing requests, tokens. */
import { type Random, randomBelow } from '../../lib/random.ts'
import type { TraceRequest } from '../golden/trace.ts'
import { bent, type Mutable, type Mutation, maybe, odd, pick } from './bend.ts'

type Json = Readonly<Record<string, unknown>>

/** By its path; objects of the core group have none of these members. */
export const isAboutAccess = ({ path }: TraceRequest): boolean =>
  /^\/apis\/(rbac\.authorization|authorization|authentication|certificates)\.k8s\.io\/|\/token$/.test(path)

const names = ['*', '', 'secrets', 'services', '*/status', 'services/*', 'a/b/c', 'nonsense', '..', 'é']
const verbs = ['*', 'get', 'escalate', 'bind', 'impersonate', 'approve', 'deletecollection', '', 'GET']
const groups = ['*', '', 'gantry.dev', 'rbac.authorization.k8s.io', 'no.such.group', 'UPPER']
const paths = ['*', '/', '/healthz*', '/a/*/b', 'no-slash', '/**', '//', '/api/v1/secrets']
const some = <T>(random: Random, from: readonly T[]): readonly (T | unknown)[] =>
  Array.from({ length: randomBelow(random, 4) }, () => (maybe(random, 0.05) ? pick(random, odd) : pick(random, from)))

const rule = (random: Random): Json => ({
  verbs: some(random, verbs),
  ...(maybe(random, 0.8) ? { apiGroups: some(random, groups), resources: some(random, names) } : {}),
  ...(maybe(random, 0.2) ? { resourceNames: some(random, names) } : {}),
  ...(maybe(random, 0.2) ? { nonResourceURLs: some(random, paths) } : {}),
})
const requirement = (random: Random): Json => ({
  key: pick(random, ['a', '', 'a/b/c', 'metadata.name', '*']),
  operator: pick(random, ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', '']),
  values: some(random, ['b', '', 'x'.repeat(100)]),
})
const subject = (random: Random): Json => ({
  kind: pick(random, ['User', 'Group', 'ServiceAccount', 'user', '']),
  apiGroup: pick(random, groups),
  name: pick(random, ['jane', 'system:masters', 'system:anonymous', 'limited', '']),
  ...(maybe(random, 0.5) ? { namespace: pick(random, ['golden-a', 'no-such', '']) } : {}),
})

/** Some bits of a PEM's bytes are others. */
function bentPem(base64: string, random: Random): string {
  const pem = Buffer.from(base64, 'base64').toString('latin1')
  const body = /-----\n([\s\S]*?)-----END/.exec(pem)?.[1]
  if (body === undefined) return base64
  const bytes = Buffer.from(body, 'base64')
  for (let n = 1 + randomBelow(random, 4); n > 0 && bytes.length > 0; n--) {
    const at = randomBelow(random, bytes.length)
    bytes[at] = (bytes[at] as number) ^ (1 << randomBelow(random, 8))
  }
  const cut = maybe(random, 0.2) ? bytes.subarray(0, randomBelow(random, bytes.length)) : bytes
  const label = pick(random, ['CERTIFICATE REQUEST', 'CERTIFICATE REQUEST', 'CERTIFICATE', 'PRIVATE KEY'])
  const one = `-----BEGIN ${label}-----\n${cut.toString('base64')}\n-----END ${label}-----\n`
  return Buffer.from(one.repeat(maybe(random, 0.1) ? 3 : 1)).toString('base64')
}

/** A JSON web token that nobody signed. */
export function webToken(random: Random): string {
  const part = (value: unknown): string =>
    Buffer.from(
      JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one)) ?? '',
    ).toString('base64url')
  const head = { alg: pick(random, ['none', 'RS256', 'ES256', 'HS256', '']), typ: 'JWT', kid: pick(random, odd) }
  const claims = {
    iss: 'gantry',
    aud: pick(random, odd),
    exp: pick(random, [0, 4e9, 1e308, '1']),
    sub: pick(random, odd),
  }
  return [part(bent(head, random)), part(bent(claims, random)), maybe(random, 0.5) ? '' : 'AAAA'].join('.')
}

/** Changes a member of the body, or of its spec when it is there. */
const member = (request: Mutable, name: string, where: 'body' | 'spec', change: (before: unknown) => unknown): void => {
  if (typeof request.body !== 'object' || request.body === null || Array.isArray(request.body)) return
  const body = request.body as Json
  const holder = where === 'body' ? body : (Object(body.spec) as Json)
  const changed = { ...holder, [name]: change(holder[name]) }
  request.body = where === 'body' ? changed : { ...body, spec: changed }
}
const isOf = (request: Mutable, what: RegExp): boolean => what.test(request.path)

export const accessMutations: readonly Mutation[] = [
  (request, random) => {
    if (!isOf(request, /roles(\/|$)/)) return
    member(request, 'rules', 'body', () => Array.from({ length: 1 + randomBelow(random, 3) }, () => rule(random)))
  },
  (request, random) => {
    if (!isOf(request, /clusterroles(\/|$)/)) return
    const selector = {
      matchExpressions: [requirement(random)],
      ...(maybe(random, 0.3) ? { matchLabels: { a: 'b' } } : {}),
    }
    member(request, 'aggregationRule', 'body', () => ({ clusterRoleSelectors: [selector, ...some(random, [{}])] }))
  },
  (request, random) => {
    if (!isOf(request, /bindings(\/|$)/)) return
    if (maybe(random, 0.6)) member(request, 'subjects', 'body', () => [subject(random), ...some(random, [{}])])
    else
      member(request, 'roleRef', 'body', () => ({
        ...subject(random),
        kind: pick(random, ['Role', 'ClusterRole', '']),
      }))
  },
  (request, random) => {
    if (!isOf(request, /accessreviews$/)) return
    const selector = { requirements: [requirement(random)], rawSelector: pick(random, ['a=b', '', 'a in (b', '!']) }
    const both = { path: pick(random, paths), verb: pick(random, verbs) }
    if (maybe(random, 0.2)) member(request, 'nonResourceAttributes', 'spec', () => both)
    else
      member(request, 'resourceAttributes', 'spec', (before) => ({
        ...Object(before),
        resource: pick(random, names),
        verb: pick(random, verbs),
        group: pick(random, groups),
        [pick(random, ['labelSelector', 'fieldSelector'])]: selector,
      }))
  },
  (request, random) => {
    if (isOf(request, /tokenreviews$/)) member(request, 'token', 'spec', () => webToken(random))
  },
  (request, random) => {
    if (!isOf(request, /certificatesigningrequests/)) return
    if (maybe(random, 0.6)) member(request, 'request', 'spec', (before) => bentPem(String(before), random))
    else member(request, 'usages', 'spec', () => some(random, ['client auth', 'server auth', 'any', 'nonsense']))
  },
  (request, random) => {
    if (!isOf(request, /certificatesigningrequests/)) return
    const signers = ['gantry.dev/container-instance', 'kubernetes.io/legacy-unknown', 'no-slash', '']
    member(request, 'signerName', 'spec', () => pick(random, signers))
  },
  (request, random) => {
    if (!isOf(request, /\/token$|certificatesigningrequests/)) return
    const seconds = [0, -1, 1, 599, 600, 2 ** 31, 2 ** 32, 1e15, 0.5, '600']
    member(request, 'expirationSeconds', 'spec', () => pick(random, seconds))
  },
  (request, random) => {
    if (!isOf(request, /\/token$/)) return
    const kinds = ['Secret', 'Pod', 'Node', '']
    member(request, 'boundObjectRef', 'spec', () => ({
      kind: pick(random, kinds),
      apiVersion: 'v1',
      name: pick(random, odd),
    }))
  },
]
