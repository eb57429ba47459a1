/** Kubernetes' protobuf: what kubectl sends is read, what is written is read back, and no bytes crash it. */
import { describe, expect, it } from 'vitest'
import { Fault } from '../../../lib/errors.ts'
import { randomBelow, seededRandom } from '../../../lib/random.ts'
import { decodeObject } from './decode.ts'
import { encodeObject } from './encode.ts'
import { messageOf, messages } from './messages.ts'

const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))

describe('bodies of kubectl', () => {
  it.each([
    {
      command: 'create namespace',
      body: 'azhzAAoPCgJ2MRIJTmFtZXNwYWNlEiEKGQoJZ29sZGVuLWsyEgAaACIAKgAyADgAQgASABoCCgAaACIA',
      want: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'golden-k2' } },
    },
    {
      command: 'create secret',
      body: 'azhzAAoMCgJ2MRIGU2VjcmV0EiIKFgoGZ29sZGVuEgAaACIAKgAyADgAQgASBgoBYRIBYhoAGgAiAA==',
      want: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'golden' }, data: { a: 'Yg==' } },
    },
    {
      command: 'create configmap',
      body: 'azhzAAoPCgJ2MRIJQ29uZmlnTWFwEiAKFgoGZ29sZGVuEgAaACIAKgAyADgAQgASBgoBYRIBYhoAIgA=',
      want: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'golden' }, data: { a: 'b' } },
    },
    {
      command: 'auth can-i',
      body: 'azhzAAoyChdhdXRob3JpemF0aW9uLms4cy5pby92MRIXU2VsZlN1YmplY3RBY2Nlc3NSZXZpZXcSUQoQCgASABoAIgAqADIAOABCABIzCjEKCGdvbGRlbi1hEgNnZXQaEWdvbGRlbi5nYW50cnkuZGV2IgAqB3dpZGdldHMyADoAGggIABIAGgAgABoAIgA=',
      want: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: {
          resourceAttributes: { namespace: 'golden-a', verb: 'get', group: 'golden.gantry.dev', resource: 'widgets' },
        },
      },
    },
  ])('$command', ({ body, want }) => expect(decodeObject(fromBase64(body))).toEqual(want))
})

const samples = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'golden',
      namespace: 'golden-a',
      creationTimestamp: '2026-11-14T17:18:18Z',
      generation: 9007199254740991,
      labels: { a: 'b', c: '' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: 'a', uid: 'u', controller: false }],
      managedFields: [{ manager: 'm', operation: 'Update', fieldsV1: { 'f:data': { '.': {}, 'f:ü': {} } } }],
    },
    immutable: true,
    data: { a: '1' },
    binaryData: { b: 'AAE=' },
  },
  {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'l' },
    spec: { holderIdentity: '', leaseDurationSeconds: 15, renewTime: '2024-01-01T00:00:02.123456Z' },
  },
  {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'SelfSubjectReview',
    status: { userInfo: { username: 'u', groups: ['a', 'b'], extra: { k: ['1', '2'] } } },
  },
  {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'e' },
    eventTime: '2024-01-01T00:00:00.000001Z',
    deprecatedFirstTimestamp: '1969-12-31T23:59:59Z',
    regarding: { kind: 'Task' },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'r' },
    rules: [{ verbs: ['*'], apiGroups: [''], resources: ['tasks'] }],
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
  },
] as const

describe('what is written is read back', () => {
  it.each(samples)('$kind', (sample) => {
    expect(decodeObject(encodeObject(sample) as Uint8Array)).toEqual(sample)
  })

  it('a list has an envelope of its own and all items', () => {
    const list = { apiVersion: 'v1', kind: 'ConfigMapList', metadata: { resourceVersion: '7' }, items: [samples[0]] }
    const text = Buffer.from(encodeObject(list) as Uint8Array).toString('latin1')
    expect(text.startsWith('k8s\0')).toBe(true)
    expect(text).toContain('ConfigMapList')
    expect(text).toContain('golden-a')
  })

  it('as Go writes it, byte for byte', () => {
    const status = {
      apiVersion: 'v1',
      kind: 'Status',
      metadata: {},
      status: 'Failure',
      message:
        'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      reason: 'NotAcceptable',
      code: 406,
    }
    expect(Buffer.from(encodeObject(status) as Uint8Array).toString('base64')).toBe(
      'azhzAAoMCgJ2MRIGU3RhdHVzEpkBCgYKABIAGgASB0ZhaWx1cmUadG9ubHkgdGhlIGZvbGxvd2luZyBtZWRpYSB0eXBlcyBhcmUgYWNjZXB0ZWQ6IGFwcGxpY2F0aW9uL2pzb24sIGFwcGxpY2F0aW9uL3lhbWwsIGFwcGxpY2F0aW9uL3ZuZC5rdWJlcm5ldGVzLnByb3RvYnVmIg1Ob3RBY2NlcHRhYmxlMJYDGgAiAA==',
    )
  })

  it('kinds that are no kind of Kubernetes have none', () => {
    expect(encodeObject({ apiVersion: 'gantry.dev/v1', kind: 'Task' })).toBeUndefined()
  })
})

it('every message that a field names is there', () => {
  const named = Object.values(messages).flatMap((fields) =>
    Object.values(fields).map((text) => / (?:\[\]|\{\})?([A-Z]\w+)/.exec(text)?.[1]),
  )
  expect(named.filter((name) => name !== undefined && messages[name] === undefined)).toEqual([])
  expect(messageOf('v1', 'Pod')).toBeUndefined()
})

describe('what is refused', () => {
  const refusal = (bytes: Uint8Array): string => {
    try {
      return `read ${JSON.stringify(decodeObject(bytes)).length}`
    } catch (error) {
      return error instanceof Fault ? error.code : `crashed: ${error}`
    }
  }

  it.each([
    { what: 'JSON', bytes: Buffer.from('{"kind":"Secret"}') },
    { what: 'nothing', bytes: new Uint8Array() },
    {
      what: 'an unknown kind',
      bytes: encodeObject({ ...samples[0], kind: 'Secret' })?.map((b) => (b === 83 ? 88 : b)),
    },
    { what: 'a cut body', bytes: encodeObject(samples[0])?.subarray(0, 60) },
  ])('$what', ({ bytes }) => expect(refusal(bytes as Uint8Array)).toBe('BadRequest'))

  it('many values in few bytes', () => {
    const raw = Buffer.alloc(1_000_000).map((_, i) => (i % 2 === 0 ? 0x12 : 0)) // 500,000 empty entries of `data`
    const head = Buffer.from('k8s\0\n\x0f\n\x02v1\x12\tConfigMap\x12\xc0\x84\x3d', 'latin1')
    expect(refusal(Buffer.concat([head, raw]))).toBe('BadRequest')
    expect(refusal(Buffer.concat([head.subarray(0, -3), Buffer.from([100]), raw.subarray(0, 100)]))).toMatch(/^read/)
  })

  it('random and mutated bytes are read or refused, whatever they are', () => {
    const random = seededRandom(7)
    const good = samples.map((sample) => encodeObject(sample) as Uint8Array)
    for (let i = 0; i < 20_000; i += 1) {
      const bytes = Uint8Array.from(good[randomBelow(random, good.length)] as Uint8Array)
      const changes = 1 + randomBelow(random, 6)
      for (let n = 0; n < changes; n += 1) {
        bytes[4 + randomBelow(random, bytes.length - 4)] = randomBelow(random, 256)
      }
      const cut = bytes.subarray(0, randomBelow(random, 4) === 0 ? randomBelow(random, bytes.length) : bytes.length)
      expect(refusal(cut)).toMatch(/^(BadRequest|read \d{1,5})$/)
    }
  })
})
