import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lastApplied, lastAppliedAnnotation, threeWayPatch, withLastApplied } from './three-way.ts'

describe('threeWayPatch', () => {
  it.each([
    { when: 'nothing differs', last: { a: 1 }, wanted: { a: 1 }, live: { a: 1, set: 'by others' }, want: {} },
    { when: 'a value changed', last: { a: 1 }, wanted: { a: 2 }, live: { a: 1 }, want: { a: 2 } },
    { when: 'others changed what we set', last: { a: 1 }, wanted: { a: 1 }, live: { a: 9 }, want: { a: 1 } },
    { when: 'we no longer set it', last: { a: 1, b: 1 }, wanted: { a: 1 }, live: { a: 1, b: 1 }, want: { b: null } },
    { when: 'it is gone already', last: { a: 1, b: 1 }, wanted: { a: 1 }, live: { a: 1 }, want: {} },
    { when: 'a default was added', last: undefined, wanted: { a: 1 }, live: { a: 1, b: 'default' }, want: {} },
    {
      when: 'it is deep',
      last: { s: { a: 1, b: { c: 1, d: 1 } } },
      wanted: { s: { a: 1, b: { c: 2 } } },
      live: { s: { a: 1, b: { c: 1, d: 1, e: 1 }, f: 1 } },
      want: { s: { b: { c: 2, d: null } } },
    },
    {
      when: 'a list differs, it is replaced whole',
      last: { l: [1] },
      wanted: { l: [1, { a: 1 }] },
      live: { l: [1, { a: 2 }] },
      want: { l: [1, { a: 1 }] },
    },
    {
      when: 'an object became a value',
      last: { a: { b: 1 } },
      wanted: { a: 1 },
      live: { a: { b: 1 } },
      want: { a: 1 },
    },
    { when: 'null is written for what is not there', last: undefined, wanted: { a: null }, live: {}, want: {} },
    {
      when: 'null is written for what is there',
      last: undefined,
      wanted: { a: null },
      live: { a: 1 },
      want: { a: null },
    },
  ])('when $when', ({ last, wanted, live, want }) => {
    expect(threeWayPatch(last, wanted, live)).toEqual(want)
  })

  /** RFC 7386. */
  const merge = (target: unknown, patch: unknown): unknown => {
    if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
    const result: Record<string, unknown> =
      typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {}
    for (const [key, value] of Object.entries(patch)) {
      if (value === null) delete result[key]
      else result[key] = merge(result[key], value)
    }
    return result
  }
  const { tree } = fc.letrec((tie) => ({
    tree: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof({ depthSize: 'small' }, fc.nat(3), tie('tree')), {
      maxKeys: 3,
    }),
  }))
  const json = tree as fc.Arbitrary<Record<string, unknown>>

  it('patched once, it needs no second patch', () => {
    fc.assert(
      fc.property(json, json, json, (last, wanted, live) => {
        const patched = merge(live, threeWayPatch(last, wanted, live)) as Record<string, unknown>
        expect(threeWayPatch(wanted, wanted, patched)).toEqual({})
      }),
    )
  })
  it('what was created as wanted needs no patch', () => {
    fc.assert(
      fc.property(json, (wanted) => {
        expect(threeWayPatch(wanted, wanted, wanted)).toEqual({})
      }),
    )
  })
})

describe('the last-applied annotation', () => {
  const object = { kind: 'Cluster', metadata: { name: 'a', annotations: { mine: 'x' } }, spec: { b: 1 } }
  it('gives back what was applied, without itself', () => {
    expect(lastApplied(withLastApplied(object))).toEqual(object)
    expect(lastApplied(withLastApplied(withLastApplied(object)))).toEqual(object)
  })
  it.each(['', '{', '[]', 'null'])('is ignored when it is %j', (text) => {
    expect(lastApplied({ metadata: { annotations: { [lastAppliedAnnotation]: text } } })).toBeUndefined()
  })
})
