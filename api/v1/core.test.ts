/** The rules of Kubernetes' kinds, in Kubernetes' words. */
import { describe, expect, it } from 'vitest'
import type { Kind } from '../meta/kind.ts'
import { parseNative } from '../meta/native.ts'
import type { Resource } from '../meta/object.ts'
import { ConfigMap } from './config-map.ts'
import { Event, Lease, Secret } from './core.ts'
import { newEventProblems } from './event-rules.ts'

const made = <T extends Resource>(kind: Kind<T>, members: object, metadata: object = {}): T => {
  const apiVersion = kind.group === '' ? 'v1' : `${kind.group}/v1`
  const raw = { apiVersion, kind: kind.kind, metadata: { name: 'x', namespace: 'ns', ...metadata }, ...members }
  return parseNative(kind, raw, { unknown: 'strict' }).object
}
const said = (problems: readonly { path: string; message: string }[]): readonly string[] =>
  problems.map(({ path, message }) => `${path}: ${message}`)

describe('Secret', () => {
  const big = Buffer.alloc(1024 * 1024 + 1).toString('base64')
  it.each([
    { when: 'Opaque needs nothing', given: {}, want: [] },
    {
      when: 'a bad key',
      given: { data: { 'b d': '' } },
      want: [/^data\[b d\]: Invalid value: "b d": a valid config key/],
    },
    { when: 'dots', given: { data: { '..': '' } }, want: [/must not be '\.\.'$/] },
    { when: 'too much', given: { data: { a: big } }, want: [/^data: Too long: may not be more than 1048576 bytes$/] },
    {
      when: 'tls without its keys',
      given: { type: 'kubernetes.io/tls' },
      want: [/^data\[tls.crt\]: Required value$/, /^data\[tls.key\]: Required value$/],
    },
    {
      when: 'docker configuration that is no JSON',
      given: { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'YQ==' } },
      want: [/"<secret contents redacted>": invalid character 'a' looking for beginning of value$/],
    },
    {
      when: 'basic-auth with neither',
      given: { type: 'kubernetes.io/basic-auth' },
      want: [/^data\[username\]/, /^data\[password\]/],
    },
    { when: 'basic-auth with one', given: { type: 'kubernetes.io/basic-auth', data: { username: '' } }, want: [] },
    { when: 'ssh-auth', given: { type: 'kubernetes.io/ssh-auth' }, want: [/^data\[ssh-privatekey\]/] },
    {
      when: 'a service account token without its account',
      given: { type: 'kubernetes.io/service-account-token' },
      want: [/^metadata.annotations\[kubernetes.io\/service-account.name\]: Required value$/],
    },
  ])('$when', ({ given, want }) => {
    expect(said(Secret.validate(made(Secret, given), undefined))).toEqual(
      want.map((text) => expect.stringMatching(text)),
    )
  })

  it('warns of a pair that Go could not serve with, and takes it', () => {
    const secret = made(Secret, { type: 'kubernetes.io/tls', data: { 'tls.crt': 'YQ==', 'tls.key': 'YQ==' } })
    expect(Secret.warnings(secret)).toEqual(['tls: failed to find any PEM data in certificate input'])
  })

  it.each([
    { when: 'type', next: { type: 'b' }, want: ['type: Invalid value: "b": field is immutable'] },
    {
      when: 'data',
      next: { data: { a: 'Yg==' } },
      want: ['data: Forbidden: field is immutable when `immutable` is set'],
    },
    {
      when: 'immutable itself',
      next: { immutable: false },
      want: ['immutable: Forbidden: field is immutable when `immutable` is set'],
    },
  ])('keeps $when', ({ next, want }) => {
    const old = { type: 'a', data: { a: 'YQ==' }, immutable: true }
    expect(said(Secret.validate(made(Secret, { ...old, ...next }), made(Secret, old)))).toEqual(want)
  })
})

describe('ConfigMap', () => {
  it('has a key once', () => {
    const both = made(ConfigMap, { data: { a: '' }, binaryData: { a: '' } })
    expect(said(ConfigMap.validate(both, undefined))).toEqual([
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ])
  })
  it('is bounded as a whole', () => {
    const half = 'x'.repeat(600_000)
    const both = made(ConfigMap, { data: { a: half }, binaryData: { b: Buffer.from(half).toString('base64') } })
    expect(said(ConfigMap.validate(both, undefined))).toEqual(['[]: Too long: may not be more than 1048576 bytes'])
  })
})

describe('Event', () => {
  it.each([
    { namespace: 'ns', about: 'ns', want: 0 },
    { namespace: 'ns', about: 'other', want: 1 },
    { namespace: 'ns', about: '', want: 1 },
    { namespace: 'default', about: '', want: 0 },
  ])('in $namespace about something in "$about"', ({ namespace, about, want }) => {
    const event = made(Event, { involvedObject: { namespace: about } }, { namespace })
    expect(Event.validate(event, undefined)).toHaveLength(want)
  })

  const whole = {
    involvedObject: { namespace: 'ns' },
    eventTime: '2024-01-01T00:00:00.000000Z',
    reportingComponent: 'c',
    reportingInstance: 'i',
    action: 'a',
    reason: 'r',
    type: 'Normal',
  }
  it.each([
    { when: 'complete', given: {}, want: [] },
    { when: 'without time', given: { eventTime: null }, want: ['eventTime: Required value'] },
    { when: 'of an odd type', given: { type: 'Odd' }, want: ['type: Invalid value: "": has invalid value: Odd'] },
    {
      when: 'with a long message',
      given: { message: 'x'.repeat(1025) },
      want: ['message: Invalid value: "": can have at most 1024 characters'],
    },
    { when: 'of a namespace that is not its own', given: { involvedObject: { namespace: 'other' } }, want: [] },
    {
      when: 'by a reporter of a bad name',
      given: { reportingComponent: 'a/' },
      want: [
        'reportingController: Invalid value: "a/": name part must be non-empty',
        expect.stringMatching(/^reportingController: Invalid value: "a\/": name part must consist of/),
      ],
    },
    {
      when: 'with a series of one',
      given: { series: { count: 1 } },
      want: ['series.count: Invalid value: "": should be at least 2', 'series.lastObservedTime: Required value'],
    },
    { when: 'without type', given: { type: undefined }, want: ['type: Invalid value: "": has invalid value: '] },
    { when: 'without action', given: { action: '' }, want: ['action: Required value'] },
    { when: 'with an old count', given: { count: 1 }, want: ['count: Invalid value: "": needs to be unset'] },
  ])('of the new group, $when', ({ given, want }) => {
    expect(said(newEventProblems(made(Event, { ...whole, ...given }), undefined))).toEqual(want)
  })

  it('of the new group only counts on', () => {
    const old = made(Event, whole)
    const series = made(Event, { ...whole, series: { count: 2, lastObservedTime: whole.eventTime } })
    expect(newEventProblems(series, old)).toEqual([])
    expect(said(newEventProblems(made(Event, { ...whole, message: 'b' }), old))).toEqual([
      'message: Invalid value: "b": field is immutable',
    ])
  })
})

it.each([
  { spec: { leaseDurationSeconds: 0 }, want: ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'] },
  {
    spec: { leaseTransitions: -1 },
    want: ['spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0'],
  },
  { spec: { leaseDurationSeconds: 1, leaseTransitions: 0 }, want: [] },
])('Lease $spec', ({ spec, want }) => expect(said(Lease.validate(made(Lease, { spec }), undefined))).toEqual(want))
