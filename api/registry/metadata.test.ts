import { expect, it } from 'vitest'
import { aWidget, Widget } from '../../test/builders/widget.ts'
import type { Kind } from '../meta/kind.ts'
import { metadataProblems } from './metadata.ts'

const kind = Widget as unknown as Kind
const widget = (metadata: Partial<Widget['metadata']>): Widget =>
  Widget.schema.parse({
    apiVersion: 'test.gantry.dev/v1',
    kind: 'Widget',
    ...aWidget('w'),
    metadata: { name: 'w', namespace: 'default', ...metadata },
  })
const owner = { apiVersion: 'v1', kind: 'A', name: 'a', uid: 'u' }

it.each<[string, Partial<Widget['metadata']>, string[]]>([
  ['nothing special', {}, []],
  ['no name', { name: '' }, ['metadata.name: Required value: name or generateName is required']],
  ['upper case', { name: 'Web' }, ['metadata.name: Invalid value: "Web": a lowercase RFC 1123 subdomain']],
  ['dots', { name: 'web.3' }, []],
  ['too long a name', { name: 'a'.repeat(254) }, ['metadata.name: Invalid value: "aaa']],
  ['good labels', { labels: { a: 'b', 'x.y/z': '', 'A.b_C-9': '1' } }, []],
  ['a bad label key', { labels: { '-a': 'b' } }, ['metadata.labels: Invalid value: "-a": name part must consist']],
  [
    'a key with two slashes',
    { labels: { 'a/b/c': 'b' } },
    ['metadata.labels: Invalid value: "a/b/c": a valid label key'],
  ],
  [
    'an empty prefix',
    { labels: { '/b': 'b' } },
    ['metadata.labels: Invalid value: "/b": prefix part must be non-empty'],
  ],
  ['a bad label value', { labels: { a: 'b c' } }, ['metadata.labels: Invalid value: "b c": a valid label must be']],
  ['a long label value', { labels: { a: 'b'.repeat(64) } }, ['metadata.labels: Invalid value: "bbb']],
  ['any annotation value', { annotations: { a: 'b c\n{}' } }, []],
  ['huge annotations', { annotations: { a: 'x'.repeat(256 * 1024) } }, ['metadata.annotations: Too long']],
  ['finalizers', { finalizers: ['gantry.dev/drain', 'orphan'] }, []],
  ['a bare finalizer', { finalizers: ['drain'] }, ['metadata.finalizers: Invalid value: "drain": name is neither']],
  ['both deletion finalizers', { finalizers: ['orphan', 'foregroundDeletion'] }, ['cannot be both set']],
  ['an owner without uid', { ownerReferences: [{ ...owner, uid: '' }] }, ['metadata.ownerReferences[0].uid: Invalid']],
  [
    'two controllers',
    {
      ownerReferences: [
        { ...owner, controller: true },
        { ...owner, name: 'b', controller: true },
      ],
    },
    ['Only one reference can have Controller set to true'],
  ],
])('%s', (_, metadata, want) => {
  const found = metadataProblems(kind, widget(metadata), undefined).map(({ path, message }) => `${path}: ${message}`)
  expect(found).toHaveLength(want.length)
  for (const [i, text] of want.entries()) expect(found[i]).toContain(text)
})

it('an object being deleted takes no new finalizers, but loses them', () => {
  const old = widget({ deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a.b/c', 'a.b/d'] })
  const problems = (finalizers: string[]): number =>
    metadataProblems(kind, { ...old, metadata: { ...old.metadata, finalizers } }, old).length
  expect([problems(['a.b/c']), problems(['a.b/c', 'a.b/e'])]).toEqual([0, 1])
})
