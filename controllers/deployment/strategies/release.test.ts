import { expect, it } from 'vitest'
import type { HookDetail, ServiceDeploymentStatus } from '../../../api/v1/service-deployment.ts'
import { containersFinalizer, hookFinalizer } from '../../../api/v1/well-known.ts'
import { parseTimestamp, plus, seconds } from '../../../lib/time.ts'
import { aServiceDeployment, aTask } from '../../../test/builders/kinds.ts'
import { builtAt } from '../../../test/builders/object.ts'
import { releases } from './release.ts'

const start = parseTimestamp(builtAt)
const name = 'web-d1-pre-scale-up-0-1'
const named: HookDetail = {
  hookId: 'pre-scale-up-0',
  targetType: 'TASK',
  lifecycleStage: 'PRE_SCALE_UP',
  status: 'IN_PROGRESS',
  startedAt: builtAt,
  attempt: 1,
  task: name,
}
const seen = { ...named, taskUid: 'seen' }
const rollback = { reason: 'x: y', startedAt: builtAt, serviceRevision: 'web-1', serviceDeployment: 'web-d0' }

it.each<{
  when: string
  detail?: HookDetail
  status?: ServiceDeploymentStatus
  owner?: boolean
  deleted?: boolean
  finalizers?: string[]
  at?: number
  goes?: boolean
  wakes?: number
}>([
  { when: 'nobody deletes it', detail: seen, deleted: false },
  { when: 'it is not held', detail: seen, finalizers: [containersFinalizer] },
  { when: 'it was not noted', detail: named },
  { when: 'it was noted', detail: seen, goes: true },
  { when: 'it was noted, but a second creation may be on its way', detail: seen, at: 60, wakes: 90 },
  { when: 'a later try was named', detail: { ...named, attempt: 2, task: 'web-d1-pre-scale-up-0-2' }, goes: true },
  { when: 'its hook is over', detail: { ...named, status: 'TIMED_OUT' }, goes: true },
  { when: 'its deployment is over', detail: named, status: { status: 'STOPPED' }, goes: true },
  { when: 'its deployment goes back', detail: named, status: { status: 'ROLLBACK_IN_PROGRESS', rollback }, goes: true },
  { when: 'its deployment is gone', owner: false, at: 1, goes: true },
])('a task of a hook: $when', ({ detail, status, owner = true, deleted = true, at = 100, goes = false, ...given }) => {
  const details = detail === undefined ? [] : [detail]
  const deployment = aServiceDeployment({ status: { status: 'IN_PROGRESS', ...status, lifecycleHookDetails: details } })
  const finalizers = given.finalizers ?? [containersFinalizer, hookFinalizer]
  const deletion = deleted ? { deletionTimestamp: builtAt } : {}
  const task = aTask({ name, owner: deployment, metadata: { creationTimestamp: builtAt, finalizers, ...deletion } })
  const got = releases([task], owner ? [deployment] : [], plus(start, seconds(at)))
  expect(got.tasks).toHaveLength(goes ? 1 : 0)
  expect(got.wakeAt).toBe(given.wakes === undefined ? undefined : plus(start, seconds(given.wakes)))
})
