import { expect, it } from 'vitest'
import type { ServiceDeployment, StopType } from '../../api/v1/service-deployment.ts'
import { aService, aServiceDeployment, aServiceRevision } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { stoppable } from './requests.ts'

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
