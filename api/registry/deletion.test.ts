import { expect, it } from 'vitest'
import { instant } from '../../lib/time.ts'
import { decideDeletion, isFinished, type Propagation } from './deletion.ts'

const now = instant(Date.UTC(2026, 0, 1))
const object = (finalizers?: string[], deletionTimestamp?: string) => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: {
    name: 'a',
    uid: 'u',
    resourceVersion: '1',
    generation: 1,
    ...(finalizers === undefined ? {} : { finalizers }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  },
})
const earlier = '2025-12-31T00:00:00Z'

it.each<{
  when: string
  finalizers?: string[]
  deleting?: string
  policy?: Propagation
  held?: boolean
  want: string
  left?: string[]
}>([
  { when: 'nothing keeps it', want: 'remove' },
  { when: 'a finalizer keeps it', finalizers: ['a.b/c'], want: 'mark', left: ['a.b/c'] },
  { when: 'its content keeps it', held: true, want: 'mark' },
  { when: 'dependents go first', policy: 'Foreground', want: 'mark', left: ['foregroundDeletion'] },
  { when: 'dependents stay', policy: 'Orphan', want: 'mark', left: ['orphan'] },
  {
    when: 'the policy changes',
    finalizers: ['orphan', 'a.b/c'],
    policy: 'Foreground',
    want: 'mark',
    left: ['a.b/c', 'foregroundDeletion'],
  },
  { when: 'the background policy takes an old one back', finalizers: ['orphan'], policy: 'Background', want: 'remove' },
  { when: 'it is marked and waits', finalizers: ['a.b/c'], deleting: earlier, want: 'nothing' },
  {
    when: 'it is marked and the policy changes',
    finalizers: ['a.b/c'],
    deleting: earlier,
    policy: 'Orphan',
    want: 'mark',
    left: ['a.b/c', 'orphan'],
  },
])('$when: $want', ({ finalizers, deleting, policy, held, want, left }) => {
  const decided = decideDeletion(object(finalizers, deleting), policy, held ?? false, now)
  expect(decided.do).toBe(want)
  if (decided.do !== 'mark') return
  expect(decided.object.metadata.finalizers).toEqual(left)
  expect(decided.object.metadata.deletionTimestamp).toBe(deleting ?? '2026-01-01T00:00:00Z')
  expect(decided.object.metadata.generation).toBe(deleting === undefined ? 2 : 1)
})

it('is finished when it is deleted and nothing keeps it', () => {
  expect([
    isFinished(object(), false),
    isFinished(object([], earlier), false),
    isFinished(object(['a.b/c'], earlier), false),
    isFinished(object([], earlier), true),
  ]).toEqual([false, true, false, false])
})
