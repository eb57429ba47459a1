/** Kubernetes' own kinds are read as Go reads them: what is taken, and the text of what is not. */
import { describe, expect, it } from 'vitest'
import { Fault } from '../../lib/errors.ts'
import { ConfigMap } from '../v1/config-map.ts'
import { Event, Lease, Secret } from '../v1/core.ts'
import type { Kind } from './kind.ts'
import { apiVersionOf } from './kind.ts'
import { parseNative } from './native.ts'
import type { UnknownFields } from './parse.ts'

const read = (kind: unknown, members: object, unknown: UnknownFields = 'strict') => {
  const of = kind as Kind
  const raw = { apiVersion: apiVersionOf(of), kind: of.kind, metadata: { name: 'x' }, ...members }
  return parseNative(of, raw, { unknown })
}
const refusalOf = (kind: unknown, members: object): string => {
  try {
    read(kind, members)
    return ''
  } catch (error) {
    return error instanceof Fault ? `${error.code}: ${error.message}` : String(error)
  }
}

describe('what is taken', () => {
  it.each([
    { when: 'null in a map is the zero value', kind: Secret, given: { data: { a: null } }, want: { data: { a: '' } } },
    {
      when: 'base64 may have line ends',
      kind: Secret,
      given: { data: { a: 'YQ==\n' } },
      want: { data: { a: 'YQ==' } },
    },
    {
      when: 'stringData wins over data',
      kind: Secret,
      given: { data: { a: 'YQ==', b: 'Yg==' }, stringData: { b: 'x', c: 'ü' } },
      want: { data: { a: 'YQ==', b: 'eA==', c: 'w7w=' } },
    },
    { when: 'empty text is absent', kind: Secret, given: { type: '' }, want: { type: 'Opaque' } },
    { when: 'an empty map is absent', kind: ConfigMap, given: { data: {} }, want: {} },
    {
      when: 'empty text of a pointer stays',
      kind: Lease,
      given: { spec: { holderIdentity: '' } },
      want: { spec: { holderIdentity: '' } },
    },
  ])('$when', ({ kind, given, want }) => {
    const {
      apiVersion: _version,
      kind: _kind,
      metadata: _metadata,
      ...members
    } = read(kind, given).object as never as Record<string, unknown>
    expect(members).toMatchObject(want)
    expect(Object.keys(members).filter((key) => key !== 'type')).toEqual(
      Object.keys(want).filter((key) => key !== 'type'),
    )
  })

  it('an event says what Go says of it', () => {
    expect(read(Event, {}).object).toMatchObject({
      involvedObject: {},
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      eventTime: null,
      reportingComponent: '',
      reportingInstance: '',
    })
  })

  it('an unknown field is told in Kubernetes words', () => {
    expect(read(ConfigMap, { bogus: 1, data: { a: 'b' } }, 'warn').warnings).toEqual(['unknown field "bogus"'])
    expect(read(ConfigMap, { bogus: 1 }, 'ignore').warnings).toEqual([])
  })
})

describe('what is refused', () => {
  const secret = 'BadRequest: Secret in version "v1" cannot be handled as a Secret'
  it.each([
    { data: { a: '???' }, want: `${secret}: illegal base64 data at input byte 0` },
    { data: { a: 'YQ' }, want: `${secret}: illegal base64 data at input byte 0` },
    { data: { a: 'Y Q==' }, want: `${secret}: illegal base64 data at input byte 1` },
    { data: { a: '_-8=' }, want: `${secret}: illegal base64 data at input byte 0` },
    {
      data: { a: 5 },
      want: `${secret}: json: cannot unmarshal number into Go struct field Secret.data.a of type string`,
    },
  ])('$data', ({ data, want }) => expect(refusalOf(Secret, { data })).toBe(want))

  it.each([
    { kind: ConfigMap, given: { bogus: 1 }, want: 'strict decoding error: unknown field "bogus"' },
    { kind: ConfigMap, given: { data: 'x' }, want: 'json: cannot unmarshal string' },
    {
      kind: Lease,
      given: { spec: { renewTime: '2024-01-01T00:00:00Z' } },
      want: 'parsing time "2024-01-01T00:00:00Z"',
    },
  ])('$given', ({ kind, given, want }) => expect(refusalOf(kind, given)).toContain(want))
})
