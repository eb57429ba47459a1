import { describe, expect, it } from 'vitest'
import type { TaskDefinitionRevision } from '../../../api/v1/task-definition.ts'
import { inUseFinalizer } from '../../../api/v1/well-known.ts'
import { millis, minutes, parseTimestamp, plus, seconds, timestamp } from '../../../lib/time.ts'
import { aScheduledTask, aService, aTaskDefinitionRevision } from '../../../test/builders/kinds.ts'
import { builtAt } from '../../../test/builders/object.ts'
import type { References } from './holders.ts'
import { livesOf, oldOf } from './life.ts'

const t0 = parseTimestamp(builtAt) ?? (0 as never)
const ago = (ms: number): string => timestamp(plus(t0, millis(-ms)))
const limits = { deregisteredFor: minutes(10), settle: seconds(2), recheck: minutes(1) }

const active = { status: 'ACTIVE', registeredAt: builtAt } as const
const inactiveSince = (ms: number) => ({ ...active, status: 'INACTIVE', deregisteredAt: ago(ms) }) as const
const leavingSince = (ms: number) =>
  ({ ...inactiveSince(ms), status: 'DELETE_IN_PROGRESS', deleteRequestedAt: ago(ms) }) as const
const deletedSince = (ms: number) => ({ finalizers: [inUseFinalizer], deletionTimestamp: ago(ms) })
const held = { finalizers: [inUseFinalizer] }
const waitsFor = (text: string) =>
  [{ type: 'InUse', status: 'True', reason: 'Referenced', message: text, lastTransitionTime: builtAt }] as const

const nothing: References = {
  pinned: () => [],
  schedules: () => [],
  serviceRevisions: () => [],
  deployments: () => [],
  tasks: () => [],
}
const inUse: References = { ...nothing, pinned: () => [aService()] }
const scheduled: References = { ...nothing, schedules: () => [aScheduledTask()] }

const next = (revision: TaskDefinitionRevision, old: boolean, references: References) => {
  const { steps, wakeAt } = livesOf([revision], new Set(old ? [revision] : []), references, t0, limits)
  const [step] = steps
  return {
    does: step?.do,
    status: step?.do === 'setStatus' ? step.status : undefined,
    wakes: wakeAt === undefined ? undefined : (wakeAt - t0) / 1000,
  }
}

interface Case {
  readonly when: string
  readonly metadata?: object
  readonly desired?: 'INACTIVE'
  readonly status?: TaskDefinitionRevision['status']
  readonly old?: true
  readonly by?: References
  readonly does?: string
  readonly sets?: object
  readonly wakes?: number
}

describe('a revision', () => {
  it.each<Case>([
    { when: 'that nobody holds yet is held first', metadata: {}, does: 'hold' },
    { when: 'that is new gets its status', sets: active },
    { when: 'that is ACTIVE rests', status: active },
    {
      when: 'that is deregistered becomes INACTIVE',
      status: active,
      desired: 'INACTIVE',
      sets: { status: 'INACTIVE', registeredAt: builtAt, deregisteredAt: builtAt },
    },
    { when: 'that is deregistered and in use rests', status: inactiveSince(60_000), desired: 'INACTIVE', by: inUse },
    { when: 'that is deregistered and kept rests', status: inactiveSince(3_600_000), desired: 'INACTIVE' },
    {
      when: 'whose status alone says INACTIVE is not taken back',
      status: { status: 'INACTIVE' },
      sets: inactiveSince(0),
    },
    { when: 'beyond what is kept is deregistered', status: active, old: true, does: 'deregister' },
    { when: 'beyond what is kept, but referred to, rests', status: active, old: true, by: inUse },
    { when: 'beyond what is kept, but named by a schedule, rests', status: active, old: true, by: scheduled },
    {
      when: 'beyond what is kept waits as INACTIVE',
      status: inactiveSince(60_000),
      desired: 'INACTIVE',
      old: true,
      wakes: 540,
    },
    {
      when: 'beyond what is kept is deleted after that',
      status: inactiveSince(600_000),
      desired: 'INACTIVE',
      old: true,
      does: 'delete',
    },
    {
      when: 'beyond what is kept that is used again before that rests',
      status: inactiveSince(600_000),
      old: true,
      by: inUse,
    },
  ])('$when', ({ metadata = held, desired, status, old = false, by = nothing, does, sets, wakes }) => {
    const revision = aTaskDefinitionRevision({ metadata, spec: { desiredStatus: desired }, status })
    expect(next(revision, old, by)).toEqual({
      does: sets === undefined ? does : 'setStatus',
      status: sets === undefined ? undefined : expect.objectContaining(sets),
      wakes,
    })
  })

  const waiting = waitsFor('Its deletion waits for service default/web.')
  it.each<Case>([
    {
      when: 'says so at once',
      metadata: deletedSince(0),
      status: active,
      sets: { status: 'DELETE_IN_PROGRESS', deregisteredAt: builtAt, deleteRequestedAt: builtAt },
      wakes: 2,
    },
    {
      when: 'waits a moment for what is on its way',
      metadata: deletedSince(1000),
      status: leavingSince(1000),
      wakes: 1,
    },
    { when: 'goes when nothing holds it', metadata: deletedSince(2000), status: leavingSince(2000), does: 'release' },
    {
      when: 'says what holds it',
      metadata: deletedSince(2000),
      status: leavingSince(2000),
      by: inUse,
      sets: { conditions: waiting },
      wakes: 60,
    },
    {
      when: 'waits for a schedule that names it',
      metadata: deletedSince(2000),
      status: leavingSince(2000),
      by: scheduled,
      sets: { conditions: waitsFor('Its deletion waits for scheduled task default/nightly.') },
      wakes: 60,
    },
    {
      when: 'is quiet while that holds it',
      metadata: deletedSince(9000),
      status: { ...leavingSince(9000), conditions: [...waiting] },
      by: inUse,
      wakes: 60,
    },
    {
      when: 'goes with the last that held it',
      metadata: deletedSince(9000),
      status: { ...leavingSince(9000), conditions: [...waiting] },
      does: 'release',
    },
    {
      when: 'is let go once',
      metadata: { deletionTimestamp: ago(9000), finalizers: ['other'] },
      status: leavingSince(9000),
    },
  ])('that is deleted $when', ({ metadata, status, by = nothing, does, sets, wakes }) => {
    expect(next(aTaskDefinitionRevision({ metadata, status }), false, by)).toEqual({
      does: sets === undefined ? does : 'setStatus',
      status: sets === undefined ? undefined : expect.objectContaining(sets),
      wakes,
    })
  })
})

/** `1 2x 3`: revision 2 is INACTIVE. */
const family = (text: string) =>
  text.split(' ').map((one) =>
    aTaskDefinitionRevision({
      spec: {
        revision: Number.parseInt(one, 10),
        ...(one.endsWith('x') ? { desiredStatus: 'INACTIVE' as const } : {}),
      },
    }),
  )

it.each([
  { has: '1 2 3', keep: 20, old: [] },
  { has: '1 2 3', keep: 3, old: [] },
  { has: '1 2 3', keep: 2, old: ['web.1'] },
  { has: '1 2 3', keep: 1, old: ['web.1', 'web.2'] },
  { has: '1 2 3', keep: 0, old: ['web.1', 'web.2'] },
  { has: '1 2 3x', keep: 1, old: ['web.1'] },
  { has: '1 2x 3x', keep: 1, old: ['web.2'] },
  { has: '1x 2x 3x', keep: 1, old: ['web.1', 'web.2'] },
  { has: '1 5 9', keep: 2, old: ['web.1'] },
])('of $has, keeping $keep: old are $old', ({ has, keep, old }) => {
  expect([...oldOf(family(has), keep)].map(({ metadata }) => metadata.name)).toEqual(old)
})
