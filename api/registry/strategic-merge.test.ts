/** Strategic merge: lists by their schema, and what members with a dollar do. */
import { describe, expect, it } from 'vitest'
import { Namespace } from '../v1/core.ts'
import { ServiceAccount } from '../v1/service-account.ts'
import { strategicMerge } from './strategic-merge.ts'

const account = (target: object, patch: object): unknown => strategicMerge(ServiceAccount.schema, target, patch)
const finalizers = (target: readonly string[], patch: object): unknown =>
  (account({ metadata: { finalizers: target } }, { metadata: patch }) as { metadata: { finalizers: unknown } }).metadata
    .finalizers

describe('maps', () => {
  it.each([
    {
      when: 'members replace and null removes',
      patch: { data: { a: null, c: '3' } },
      want: { data: { b: '2', c: '3' } },
    },
    { when: '$patch replace', patch: { data: { $patch: 'replace', only: '1' } }, want: { data: { only: '1' } } },
    { when: '$patch delete', patch: { data: { $patch: 'delete' } }, want: { data: {} } },
    { when: '$retainKeys', patch: { data: { $retainKeys: ['b'] } }, want: { data: { b: '2' } } },
  ])('$when', ({ patch, want }) => {
    expect(strategicMerge(undefined, { data: { a: '1', b: '2' } }, patch)).toEqual(want)
  })

  it('an unknown directive is refused', () => {
    expect(() => account({}, { metadata: { $patch: 'shuffle' } })).toThrow(/unknown patch type found: "shuffle"/)
  })
})

describe('sets', () => {
  it.each([
    { when: 'are joined', patch: { finalizers: ['e'] }, want: ['e', 'c', 'd'] },
    {
      when: 'lose what is deleted',
      patch: { '$deleteFromPrimitiveList/finalizers': ['c'], finalizers: ['e'] },
      want: ['e', 'd'],
    },
    { when: 'lose without gaining', patch: { '$deleteFromPrimitiveList/finalizers': ['c'] }, want: ['d'] },
    {
      when: 'are ordered as asked',
      patch: { '$setElementOrder/finalizers': ['d', 'e', 'c'], finalizers: ['e'] },
      want: ['d', 'e', 'c'],
    },
    { when: 'hold each once', patch: { finalizers: ['d'] }, want: ['c', 'd'] },
  ])('$when', ({ patch, want }) => expect(finalizers(['c', 'd'], patch)).toEqual(want))
})

describe('lists by key', () => {
  const target = { secrets: [{ name: 'a', kind: 'x' }, { name: 'b' }] }
  it.each([
    {
      when: 'merge items of a key',
      secrets: [{ name: 'a', uid: 'u' }],
      want: [{ name: 'a', kind: 'x', uid: 'u' }, { name: 'b' }],
    },
    {
      when: 'delete one and make it anew',
      secrets: [{ name: 'a', $patch: 'delete' }, { name: 'a' }],
      want: [{ name: 'a' }, { name: 'b' }],
    },
    { when: 'delete an item', secrets: [{ name: 'a', $patch: 'delete' }], want: [{ name: 'b' }] },
    { when: 'replace the list', secrets: [{ $patch: 'replace' }, { name: 'z' }], want: [{ name: 'z' }] },
  ])('$when', ({ secrets, want }) => expect(account(target, { secrets })).toEqual({ secrets: want }))

  it('need the key', () => {
    expect(() => account(target, { secrets: [{ uid: 'u' }] })).toThrow(/does not contain declared merge key: name/)
  })

  it('conditions merge by type', () => {
    const status = { conditions: [{ type: 'A', status: 'True' }] }
    const patch = { status: { conditions: [{ type: 'A', status: 'False' }] } }
    expect(strategicMerge(Namespace.schema, { status }, patch)).toEqual({
      status: { conditions: [{ type: 'A', status: 'False' }] },
    })
  })
})

describe('a patch of all that a body may hold', () => {
  const names = Array.from({ length: 30_000 }, (_, i) => `n${i}`)
  const items = names.map((name) => ({ name }))
  it.each([
    { when: 'an order', target: { secrets: items }, patch: { secrets: items.toReversed() } },
    {
      when: 'deletions',
      target: { secrets: items },
      patch: { secrets: items.map((one) => ({ ...one, $patch: 'delete' })) },
    },
    { when: 'new items', target: {}, patch: { secrets: items } },
  ])('$when', ({ target, patch }) => {
    expect(account(target, patch)).toEqual({ secrets: patch.secrets.filter((one) => !('$patch' in one)) })
  })

  it('a set', () => {
    expect(finalizers(names, { finalizers: names.toReversed() })).toEqual(names.toReversed())
    expect(finalizers(names, { '$deleteFromPrimitiveList/finalizers': names })).toEqual([])
  })
})

it('lists that are one value are replaced', () => {
  expect(account({ imagePullSecrets: [{ name: 'a' }] }, { imagePullSecrets: [{ name: 'b' }] })).toEqual({
    imagePullSecrets: [{ name: 'b' }],
  })
})
