import { expect, it } from 'vitest'
import { aWidget, Widget } from '../../test/builders/widget.ts'
import type { Kind } from '../meta/kind.ts'
import { metadataProblems, metadataWarnings, withOwnersOnce } from './metadata.ts'

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
    ['metadata.labels: Invalid value: "a/b/c": a qualified name must'],
  ],
  [
    'an empty prefix',
    { labels: { '/b': 'b' } },
    ['metadata.labels: Invalid value: "/b": prefix part must be non-empty'],
  ],
  ['a bad label value', { labels: { a: 'b c' } }, ['metadata.labels: Invalid value: "b c": a valid label must be']],
  ['a long label value', { labels: { a: 'b'.repeat(64) } }, ['metadata.labels: Invalid value: "bbb']],
  ['any annotation value', { annotations: { a: 'b c\n{}' } }, []],
  ['annotations of as many bytes as may be', { annotations: { a: 'é'.repeat(128 * 1024 - 1) } }, []],
  ['annotations of too many bytes', { annotations: { a: 'é'.repeat(128 * 1024) } }, ['metadata.annotations: Too long']],
  ['huge annotations', { annotations: { a: 'x'.repeat(256 * 1024) } }, ['metadata.annotations: Too long']],
  ['finalizers', { finalizers: ['gantry.dev/drain', 'orphan'] }, []],
  ['a bare finalizer', { finalizers: ['drain'] }, []],
  [
    'a finalizer that is no name',
    { finalizers: ['a b'] },
    ['metadata.finalizers: Invalid value: "a b": name part must'],
  ],
  ['a prefix that ends in a dash', { generateName: 'a-' }, []],
  ['a prefix that is no name', { generateName: 'A_' }, ['metadata.generateName: Invalid value: "A_": a lowercase']],
  ['both deletion finalizers', { finalizers: ['orphan', 'foregroundDeletion'] }, ['cannot be both set']],
  [
    'an owner without uid',
    { ownerReferences: [{ ...owner, uid: '' }] },
    ['metadata.ownerReferences.uid: Invalid value: "": must not be empty'],
  ],
  [
    'an owner of no version',
    { ownerReferences: [{ ...owner, apiVersion: 'a/b/c' }] },
    ['metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty'],
  ],
  ['an event as owner', { ownerReferences: [{ ...owner, kind: 'Event' }] }, ['/v1, Kind=Event is disallowed']],
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

const old = widget({
  uid: 'u',
  deletionTimestamp: '2026-01-01T00:00:00Z',
  deletionGracePeriodSeconds: 0,
  finalizers: ['a.b/c', 'a.b/d'],
})

it.each<[string, Partial<Widget['metadata']>, string[]]>([
  ['loses finalizers', { finalizers: ['a.b/c'] }, []],
  ['takes no new ones', { finalizers: ['a.b/c', 'a.b/e'] }, ['no new finalizers can be added']],
  ['keeps its uid', { uid: 'v' }, ['metadata.uid: Invalid value: "v": field is immutable']],
  ['keeps its time, however spelled', { deletionTimestamp: '2026-01-01T01:00:00+01:00' }, []],
  ['keeps its time', { deletionTimestamp: '2026-01-02T00:00:00Z' }, ['metadata.deletionTimestamp: Invalid value']],
  ['keeps its grace', { deletionGracePeriodSeconds: 5 }, ['metadata.deletionGracePeriodSeconds: Invalid value: 5']],
])('an object being deleted %s', (_, change, want) => {
  const next = { ...old, metadata: { ...old.metadata, ...change } }
  const texts = metadataProblems(kind, next, old).map(({ path, message }) => `${path}: ${message}`)
  const found = [...new Set(texts)]
  expect(found).toHaveLength(want.length)
  for (const [i, text] of want.entries()) expect(found[i]).toContain(text)
})

it('bare finalizers are warned about while they are new', () => {
  const bare = widget({ finalizers: ['drain', 'orphan', 'a.b/c'] })
  expect(metadataWarnings(bare, undefined)).toEqual([expect.stringContaining('metadata.finalizers: "drain": prefer')])
  expect(metadataWarnings(bare, bare)).toEqual([])
})

it('an owner that is there twice is kept once, with a warning', () => {
  const warnings: string[] = []
  const given = widget({ ownerReferences: [owner, { ...owner, uid: 'v' }, owner] })
  const once = withOwnersOnce(given, false, (text) => warnings.push(text))
  expect(once.metadata.ownerReferences).toEqual([owner, { ...owner, uid: 'v' }])
  expect(warnings).toEqual([expect.stringContaining('duplicate UID(s) observed: u')])
})
