import { describe, expect, it } from 'vitest'
import { aWidget, type Widget } from '../../test/builders/widget.ts'
import { patchedScale, readScale, scaledTo, scaleOf } from './scale.ts'

const kind = { scale: { specPath: '.spec.size', statusPath: '.status.count', selectorPath: '.status.phase' } }
const widget = (spec: object, status?: object): Widget => ({
  ...(aWidget('w', spec) as Widget),
  metadata: { name: 'w', namespace: 'default', uid: 'u', resourceVersion: '7' },
  ...(status === undefined ? {} : { status }),
})
const sent = (spec: unknown, metadata: object = { name: 'w' }) => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata,
  spec,
})
const key = { namespace: 'default', name: 'w' }

describe('the scale of an object', () => {
  it.each([
    [{ size: 3 }, undefined, { spec: { replicas: 3 }, status: { replicas: 0 } }],
    [{ size: 0 }, { count: 2, phase: 'a=b' }, { spec: {}, status: { replicas: 2, selector: 'a=b' } }],
  ])('%j %j', (spec, status, want) => {
    expect(scaleOf(kind, widget(spec, status))).toMatchObject({
      kind: 'Scale',
      metadata: { name: 'w', uid: 'u' },
      ...want,
    })
  })

  it('of a kind that does not scale is nothing', () => {
    expect(() => scaleOf({}, widget({}))).toThrow('could not find the requested resource')
  })
})

describe('a scale written back', () => {
  it.each([
    [{ replicas: 5 }, {}, { size: 5, version: '7' }],
    [{}, {}, { size: 0, version: '7' }],
    [undefined, { resourceVersion: '3' }, { size: 0, version: '3' }],
  ])('%j %j', (spec, metadata, { size, version }) => {
    const scale = readScale(sent(spec, { name: 'w', ...metadata }), key)
    const object = scaledTo(kind, widget({ size: 3 }), scale) as Widget
    expect([object.spec, object.metadata.resourceVersion]).toEqual([{ color: 'blue', size }, version])
  })
})

it.each([
  ['another name', sent({}, { name: 'v' }), 'does not match the name on the URL'],
  ['no name', sent({}, {}), 'name must be provided'],
  ['another namespace', sent({}, { name: 'w', namespace: 'other' }), 'does not match the namespace'],
  ['a text for a number', sent({ replicas: 'x' }), 'Scale in version "v1" cannot be handled as a Scale'],
  ['more than 32 bits', sent({ replicas: 2 ** 31 }), 'cannot be handled as a Scale'],
])('%s is refused', (_, raw, text) => {
  expect(() => readScale(raw, key)).toThrow(text)
})

it('what a patch made of it is refused in other words', () => {
  expect(() => patchedScale(sent({ replicas: 'x' }))).toThrow(' "" is invalid: patch: Invalid value')
})
