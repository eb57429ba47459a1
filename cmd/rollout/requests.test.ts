import { expect, it } from 'vitest'
import type { ServiceDeployment, StopType } from '../../api/v1/service-deployment.ts'
import { aService, aServiceDeployment, aServiceRevision } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { answered, promotable, stoppable } from './requests.ts'

const deployment = (n: number, status: ServiceDeployment['status'], stop?: StopType): ServiceDeployment =>
  aServiceDeployment({
    spec: { deployment: n, ...(stop === undefined ? {} : { stop: { type: stop } }) },
    ...(status === undefined ? {} : { status }),
  })
const done = deployment(1, { status: 'SUCCESSFUL' })
const rollback = { reason: '', startedAt: builtAt, serviceRevision: 'web-1', serviceDeployment: 'web-d1' }

it.each<{
  when: string
  type?: StopType
  deployments: readonly ServiceDeployment[]
  gone?: boolean
  want: string | RegExp
}>([
  { when: 'one is in progress', deployments: [done, deployment(2, { status: 'IN_PROGRESS' })], want: 'web-d2' },
  { when: 'one has not begun', deployments: [done, deployment(2, undefined)], want: 'web-d2' },
  { when: 'a first one is to be aborted', type: 'ABORT', deployments: [deployment(1, {})], want: 'web-d1' },
  {
    when: 'a first one is to go back',
    deployments: [deployment(1, {})],
    want: /no deployment of another revision has completed: nothing to go back to; gantry rollout abort web$/,
  },
  {
    when: 'what it could go back to is gone',
    deployments: [done, deployment(2, {})],
    gone: true,
    want: /nothing to go back to/,
  },
  { when: 'there is none', deployments: [], want: /^service web: it has no deployment yet$/ },
  {
    when: 'nothing is in progress',
    deployments: [done],
    want: /^service web: nothing is in progress: deployment web-d1 is SUCCESSFUL; to go back: gantry rollout undo web$/,
  },
  {
    when: 'it goes back already',
    deployments: [done, deployment(2, { status: 'ROLLBACK_IN_PROGRESS', rollback })],
    want: /goes back already$/,
  },
  {
    when: 'it was asked for before',
    deployments: [done, deployment(2, { status: 'IN_PROGRESS' }, 'ABORT')],
    want: /ABORT of deployment web-d2 was requested already$/,
  },
])('what is stopped when $when', ({ type = 'ROLLBACK', deployments, gone = false, want }) => {
  const facts = {
    service: aService(),
    deployments,
    revision: (name: string) => (gone ? undefined : aServiceRevision({ name })),
    resolution: { is: 'waiting', message: '' } as const,
  }
  if (typeof want === 'string') expect(stoppable(facts, type).metadata.name).toBe(want)
  else expect(() => stoppable(facts, type)).toThrow(want)
})

it.each<{ when: string; status?: ServiceDeployment['status']; paused?: boolean; want: number | RegExp }>([
  { when: 'it is a canary', status: { status: 'IN_PROGRESS', shift: { step: 1, percent: 5 } }, want: 1 },
  {
    when: 'it bakes',
    status: { status: 'IN_PROGRESS', lifecycleStage: 'BAKE_TIME', shift: { step: 2, percent: 100 } },
    want: 2,
  },
  { when: 'it bakes without steps before', status: { lifecycleStage: 'BAKE_TIME' }, want: 1 },
  { when: 'it rolls', status: { lifecycleStage: 'SCALE_UP' }, want: /web-d1 waits for nothing but its tasks$/ },
  { when: 'it takes its last step', status: { shift: { step: 2, percent: 100 } }, want: /waits for nothing/ },
  { when: 'it goes back', status: { status: 'ROLLBACK_IN_PROGRESS', rollback }, want: /web-d1 goes back$/ },
  { when: 'it has ended', status: { status: 'SUCCESSFUL' }, want: /nothing is in progress$/ },
  {
    when: 'it is paused',
    status: { shift: { step: 1, percent: 5 } },
    paused: true,
    want: /it is paused: gantry rollout resume web$/,
  },
])('what is promoted when $when', ({ status, paused = false, want }) => {
  const facts = {
    service: aService({ spec: { paused } }),
    deployments: [deployment(1, status)],
    revision: () => undefined,
    resolution: { is: 'waiting', message: '' } as const,
  }
  if (typeof want === 'number') expect(promotable(facts)).toEqual({ name: 'web-d1', step: want })
  else expect(() => promotable(facts)).toThrow(want)
})

const open = (hookId: string, status: 'AWAITING_ACTION' | 'IN_PROGRESS' = 'AWAITING_ACTION') => ({
  hookId,
  targetType: 'PAUSE' as const,
  lifecycleStage: 'PRE_SCALE_UP' as const,
  status,
  startedAt: builtAt,
})
it.each<{ when: string; hook?: string; of: ServiceDeployment; want: readonly string[] | RegExp }>([
  {
    when: 'all wait',
    of: deployment(1, {
      status: 'IN_PROGRESS',
      lifecycleHookDetails: [open('a'), open('b'), open('c', 'IN_PROGRESS')],
    }),
    want: ['a', 'b'],
  },
  { when: 'one is named', hook: 'b', of: deployment(1, { lifecycleHookDetails: [open('a'), open('b')] }), want: ['b'] },
  {
    when: 'another is named',
    hook: 'x',
    of: deployment(1, { lifecycleHookDetails: [open('a')] }),
    want: /no hook waits/,
  },
  { when: 'none waits', of: deployment(1, {}), want: /no hook waits for a person$/ },
  {
    when: 'it has ended',
    of: deployment(1, { status: 'STOPPED', lifecycleHookDetails: [open('a')] }),
    want: /no hook waits/,
  },
])('which hooks are answered when $when', ({ hook, of, want }) => {
  const facts = {
    service: aService(),
    deployments: [of],
    revision: () => undefined,
    resolution: { is: 'waiting', message: '' } as const,
  }
  const ask = () => answered(facts, { action: 'CONTINUE', hook })
  if (want instanceof RegExp) expect(ask).toThrow(want)
  else expect(ask().answers).toEqual(want.map((hookId) => ({ hookId, action: 'CONTINUE' })))
})
