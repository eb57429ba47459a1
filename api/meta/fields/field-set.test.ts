import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  difference,
  type FieldSet,
  hasField,
  inOrder,
  intersection,
  isEmptySet,
  pathsOf,
  readFieldsV1,
  recursiveDifference,
  setOf,
  shownPath,
  union,
} from './field-set.ts'
import { keyElement, memberElement, valueElement } from './path-element.ts'

const element = fc.oneof(
  fc.constantFrom('f:a', 'f:b', 'f:c', 'f:.'),
  fc.constantFrom(keyElement({ name: 'x' }), keyElement({ name: 'y' }), valueElement('x'), valueElement(1)),
)
const path = fc.array(element, { minLength: 1, maxLength: 4 })
const paths = fc.array(path, { maxLength: 12 })

/** A set as texts, one a field. */
const fields = (set: FieldSet): Set<string> => new Set([...pathsOf(set)].map((one) => JSON.stringify(one)))
const texts = (of: readonly (readonly string[])[]): Set<string> => new Set(of.map((one) => JSON.stringify(one)))
const isBelow = (inner: readonly string[], outer: readonly string[]): boolean =>
  outer.length <= inner.length && outer.every((step, i) => step === inner[i])

describe('a field set', () => {
  it('has the fields it was made of, each once', () => {
    fc.assert(
      fc.property(paths, (of) => {
        const set = setOf(...of)
        expect(fields(set)).toEqual(texts(of))
        for (const one of of) expect(hasField(set, one)).toBe(true)
        expect(isEmptySet(set)).toBe(of.length === 0)
      }),
    )
  })

  it('unites, intersects and subtracts as sets of paths do', () => {
    fc.assert(
      fc.property(paths, paths, (one, other) => {
        const [a, b] = [setOf(...one), setOf(...other)]
        const [left, right] = [texts(one), texts(other)]
        expect(fields(union(a, b))).toEqual(new Set([...left, ...right]))
        expect(fields(intersection(a, b))).toEqual(new Set([...left].filter((one) => right.has(one))))
        expect(fields(difference(a, b))).toEqual(new Set([...left].filter((one) => !right.has(one))))
        const outside = one.filter((inner) => !other.some((outer) => isBelow(inner, outer)))
        expect(fields(recursiveDifference(a, b))).toEqual(texts(outside))
      }),
    )
  })

  it('is empty when nothing is left, and the same when nothing was taken', () => {
    fc.assert(
      fc.property(paths, paths, (one, other) => {
        const a = setOf(...one)
        expect(isEmptySet(difference(a, a))).toBe(true)
        const rest = one.filter((inner) => !texts(other).has(JSON.stringify(inner)))
        if (rest.length === one.length) expect(difference(a, setOf(...other))).toBe(a)
        expect(union(a, a)).toBe(a)
      }),
    )
  })

  it('survives its way through JSON, in canonical order', () => {
    fc.assert(
      fc.property(paths, (of) => {
        const ordered = inOrder(setOf(...of))
        expect(JSON.stringify(inOrder(setOf(...of.toReversed())))).toBe(JSON.stringify(ordered))
        const read = readFieldsV1(JSON.parse(JSON.stringify(ordered)))
        expect(read).toEqual(ordered)
        expect(inOrder(ordered)).toBe(ordered)
      }),
    )
  })
})

describe('FieldsV1', () => {
  it('is spelled as Kubernetes spells it', () => {
    const set = setOf(
      [memberElement('spec')],
      [memberElement('spec'), memberElement('tags'), valueElement('<b>')],
      [memberElement('spec'), memberElement('ports'), keyElement({ protocol: 'TCP', containerPort: 80 })],
      [memberElement('spec'), memberElement('ports')],
      [memberElement('spec'), memberElement('color')],
    )
    expect(JSON.stringify(inOrder(set))).toBe(
      '{"f:spec":{".":{},"f:color":{},"f:ports":{".":{},"k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}":{}},' +
        '"f:tags":{"v:\\"\\\\u003cb\\\\u003e\\"":{}}}}',
    )
  })

  it.each([
    { raw: { x: {} }, why: 'no kind of step' },
    { raw: { 'q:a': {} }, why: 'an unknown kind of step' },
    { raw: { 'k:[1]': {} }, why: 'keys that are no object' },
    { raw: { 'v:{': {} }, why: 'a value that is no JSON' },
    { raw: { 'i:x': {} }, why: 'an index that is no number' },
    { raw: { 'f:a': 1 }, why: 'a step with a number below' },
    { raw: [], why: 'a list' },
    { raw: null, why: 'null' },
  ])('with $why cannot be read', ({ raw }) => expect(readFieldsV1(raw)).toBeUndefined())

  it('of another spelling is the same set', () => {
    expect(readFieldsV1({ 'k:{"b": 1, "a": "x"}': {}, 'v: 1.0': {} })).toEqual(
      setOf([keyElement({ a: 'x', b: 1 })], [valueElement(1)]),
    )
  })
})

it('shows paths as messages do', () => {
  const steps = [memberElement('spec'), memberElement('containers'), keyElement({ name: 'a', port: 80 })]
  expect(shownPath([...steps, memberElement('image')])).toBe('.spec.containers[name="a",port=80].image')
  expect(shownPath([memberElement('tags'), valueElement('x')])).toBe('.tags[="x"]')
  expect(shownPath([memberElement('l'), 'i:3'])).toBe('.l[3]')
})
