/** Makes a request strange, a little or a lot, by chance that repeats. */
import { type Random, randomBelow } from '../../lib/random.ts'
import { type TraceRequest, textOf } from '../golden/trace.ts'
import { accessMutations, isAboutAccess, webToken } from './access-mutations.ts'
import { bent, type Mutable, type Mutation, maybe, pick } from './bend.ts'

const nested = (levels: number): string => `${'{"spec":'.repeat(levels)}1${'}'.repeat(levels)}`
const selectors = [
  'a=b',
  'a in (b',
  '!a',
  'a,,b',
  'a notin (x,y),b',
  '=',
  'metadata.name=a',
  'spec.color=red',
  'x'.repeat(2000),
  'é=1',
]
const numbers = ['0', '1', '-1', '99999999999999999999', 'abc', '1e3', '', '5']
const values: Readonly<Record<string, readonly string[]>> = {
  labelSelector: selectors,
  fieldSelector: selectors,
  limit: numbers,
  continue: ['', 'x', 'eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ', '💥', 'e30'],
  resourceVersion: numbers,
  resourceVersionMatch: ['Exact', 'NotOlderThan', 'Nope', ''],
  timeoutSeconds: numbers,
  watch: ['true', 'false', '1', '0', ''],
  sendInitialEvents: ['true', 'false', ''],
  allowWatchBookmarks: ['true', 'x'],
  dryRun: ['All', 'None', ''],
  fieldManager: ['me', '', 'x'.repeat(200), '\u0007'],
  fieldValidation: ['Strict', 'Warn', 'Ignore', 'no'],
  force: ['true', 'false', 'x'],
  propagationPolicy: ['Foreground', 'Background', 'Orphan', 'x'],
  gracePeriodSeconds: numbers,
  orphanDependents: ['true', 'x'],
  includeObject: ['None', 'Metadata', 'Object', 'x'],
  pretty: ['true'],
  verbose: [''],
  hash: ['WRONG'],
}
const accepts = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;as=Nope;v=v1;g=meta.k8s.io',
  'text/html',
  '*/*;q=0.1',
  ';;;',
  'x'.repeat(3000),
]
const contentTypes = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'text/plain',
  'application/json; charset=utf-16',
  '',
]

const applies = [
  'application/apply-patch+yaml',
  'application/apply-patch+yaml',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
]

/** Those that leave a request well-formed. */
const deep: readonly Mutation[] = [
  (request, random) => {
    if (request.body !== undefined) request.body = bent(request.body, random)
  },
  (request, random) => {
    if (request.body !== undefined) request.body = bent(bent(request.body, random), random)
  },
  (request, random) => {
    const name = pick(random, Object.keys(values))
    request.query = { ...request.query, [name]: pick(random, values[name] as readonly string[]) }
  },
  // an object as protobuf says it, or nearly
  (request, random) => {
    if (request.bodyBase64 === undefined) return
    const bytes = Buffer.from(request.bodyBase64, 'base64')
    if (bytes.length === 0) return
    for (let n = 1 + randomBelow(random, 4); n > 0; n--) {
      const at = randomBelow(random, bytes.length)
      bytes[at] = (bytes[at] as number) ^ (1 << randomBelow(random, 8))
    }
    request.bodyBase64 = bytes.toString('base64')
  },
  // one object by another's way of writing: as an application, by another manager, or as a patch
  (request, random) => {
    if (typeof request.body !== 'object' || request.body === null || !['POST', 'PUT', 'PATCH'].includes(request.method))
      return
    const { metadata } = request.body as { metadata?: { name?: unknown } | null }
    const name = metadata?.name
    if (request.method === 'POST' && typeof name === 'string' && /^[a-z0-9.-]+$/.test(name)) request.path += `/${name}`
    request.method = 'PATCH'
    request.query = {
      ...request.query,
      fieldManager: pick(random, ['m1', 'm2', 'kubectl']),
      force: pick(random, ['true', 'false']),
    }
    request.headers = { ...request.headers, 'content-type': pick(random, applies) }
  },
  (request, random) => {
    if (typeof request.body !== 'object' || request.body === null || Array.isArray(request.body)) return
    const fieldsV1 = bent(
      { 'f:spec': { 'f:color': {}, 'f:tags': { 'v:"a"': {} }, 'f:containers': { 'k:{"name":"a"}': { '.': {} } } } },
      random,
    )
    const entry = {
      manager: 'm1',
      operation: 'Update',
      apiVersion: 'golden.gantry.dev/v1',
      fieldsType: 'FieldsV1',
      fieldsV1,
    }
    const body = request.body as Record<string, unknown>
    request.body = { ...body, metadata: { ...Object(body.metadata), managedFields: [bent(entry, random)] } }
  },
]

const mutations: readonly Mutation[] = [
  (request, random) => {
    const text = request.bodyText ?? (request.body === undefined ? '' : textOf(request.body))
    const at = randomBelow(random, text.length + 1)
    const cut = text.slice(0, at)
    request.bodyText = pick(random, [
      cut,
      `${cut}${pick(random, ['}', '"', '\\u00', '\n---\n', '&a *a', '\u0000'])}${text.slice(at + 1)}`,
    ])
    delete request.body
  },
  (request, random) => {
    request.bodyText = pick(random, [
      nested(50),
      nested(1000),
      '['.repeat(5000),
      'null',
      '[]',
      '""',
      '{}',
      '1',
      '&a [*a,*a,*a]',
      '- '.repeat(20_000),
      '{"a":1e999}',
      `{"spec":{"tags":[${'"a",'.repeat(20_000)}"a"]}}`,
      `a: [${'0,'.repeat(50_000)}0]`,
    ])
    delete request.body
  },
  (request, random) => {
    const bytes = Buffer.from(Array.from({ length: randomBelow(random, 200) }, () => randomBelow(random, 256)))
    request.bodyBase64 = Buffer.concat([maybe(random, 0.7) ? Buffer.from('k8s\0') : Buffer.alloc(0), bytes]).toString(
      'base64',
    )
    request.headers = { ...request.headers, 'content-type': 'application/vnd.kubernetes.protobuf' }
    delete request.body
    delete request.bodyText
  },
  (request, random) => {
    const name = pick(random, Object.keys(values))
    request.query = { ...request.query, [name]: [pick(random, values[name] as readonly string[]), 'x'] }
  },
  (request, random) => {
    const segments = request.path.split('/')
    const at = 1 + randomBelow(random, segments.length)
    const strange = [
      '',
      '..',
      '%2e%2e',
      '%',
      '%00',
      '%F0%9F',
      'a'.repeat(300),
      'Ä',
      'status',
      'scale',
      'finalize',
      'token',
      'log',
      'widgets',
      'namespaces',
      '__proto__',
      'v2',
    ]
    segments[at] = pick(random, strange)
    request.path = segments.join('/')
  },
  (request, random) => {
    request.headers = { ...request.headers, accept: pick(random, accepts) }
  },
  (request, random) => {
    request.headers = { ...request.headers, 'content-type': pick(random, contentTypes) }
  },
  // a header of one's own, which nobody's replaces
  (request, random) => {
    request.user = 'anonymous'
    const authorization = pick(random, ['', 'Bearer', 'Bearer x.y.z', 'Basic YTpi', `Bearer ${webToken(random)}`])
    request.headers = { ...request.headers, authorization }
  },
  (request, random) => {
    const names = [
      'impersonate-user',
      'impersonate-group',
      'impersonate-extra-a',
      'accept-encoding',
      'if-none-match',
      'x-forwarded-for',
      'content-encoding',
    ]
    request.headers = {
      ...request.headers,
      [pick(random, names)]: pick(random, ['', 'a', 'gzip', '*', 'system:masters']),
    }
  },
  (request, random) => {
    request.method = pick(random, ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'])
  },
  (request, random) => {
    request.user = pick(random, ['limited', 'anonymous', 'badtoken'])
  },
]

/** A mutant of `request`: one to four things are different. */
export function mutant(request: TraceRequest, random: Random): TraceRequest {
  const mutable: Mutable = { ...request }
  delete mutable.watch
  // most are nearly right, so that they come far
  const count = maybe(random, 0.6) ? 1 : 1 + randomBelow(random, 4)
  const wellFormed = isAboutAccess(request) ? [...deep, ...accessMutations] : deep
  for (let n = count; n > 0; n--) pick(random, maybe(random, 0.5) ? wellFormed : mutations)(mutable, random)
  return mutable
}
