import { describe, expect, it } from 'vitest'
import type { Service } from '../../../api/v1/service.ts'
import type { ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import { hours, instant, plus, timestamp } from '../../../lib/time.ts'
import { aService, aServiceDeployment, aServiceRevision, aTask } from '../../../test/builders/kinds.ts'
import { garbageLimits } from '../limits.ts'
import type { ServiceHistory } from '../state.ts'
import { planHistory } from './history.ts'

const t0 = instant(Date.UTC(2026, 0, 20))
type Status = NonNullable<ServiceDeployment['status']>
const ended = (hoursAgo: number, status: Status['status'] = 'SUCCESSFUL'): Status => ({
  status,
  finishedAt: timestamp(plus(t0, hours(-hoursAgo))),
})
const deployment = (n: number, status: Status, target = `web-${n}`, sources: string[] = []): ServiceDeployment =>
  aServiceDeployment({
    spec: { deployment: n, targetServiceRevision: target, sourceServiceRevisions: sources },
    status,
  })
const revisions = (...numbers: readonly number[]): ServiceHistory['revisions'] =>
  numbers.map((revision) => ({ revision: aServiceRevision({ spec: { revision, desiredCount: 0 } }), tasks: [] }))
const plan = (history: Partial<ServiceHistory>) => {
  const { actions, wakeAt } = planHistory(
    { service: aService(), revisions: [], deployments: [], ...history },
    t0,
    garbageLimits,
  )
  return {
    gone: actions.map(({ thing }) => thing.object.metadata.name),
    wake: wakeAt === undefined ? undefined : (wakeAt - t0) / 3_600_000,
  }
}
const keeping = (retention: Service['spec']['retention']): Service => aService({ spec: { retention } })

describe('finished deployments', () => {
  const twelve = Array.from({ length: 12 }, (_, n) => deployment(n + 1, ended(12 - n)))
  it.each<{ when: string; service?: Service; have: readonly ServiceDeployment[]; gone: string[]; wake?: number }>([
    { when: 'the ten newest stay', have: twelve, gone: ['web-d2', 'web-d1'], wake: 158 },
    {
      when: 'a service may say another limit',
      service: keeping({ deployments: { limit: 11 } }),
      have: twelve,
      gone: ['web-d1'],
      wake: 157,
    },
    {
      when: 'after 7 days they go',
      have: [deployment(1, ended(170)), deployment(2, ended(168)), deployment(3, ended(167)), deployment(4, ended(1))],
      gone: ['web-d2', 'web-d1'],
    },
    {
      when: 'a service may say another time',
      service: keeping({ deployments: { ttlSeconds: 3600 } }),
      have: [
        deployment(1, ended(0.9)),
        deployment(2, ended(0.5)),
        deployment(3, ended(0.1)),
        deployment(4, ended(0.1)),
      ],
      gone: [],
      wake: 0.1,
    },
    {
      when: 'what a rollback may go back to stays: the last one that completed, and the last one of another revision',
      have: [
        deployment(1, ended(900), 'web-1'),
        deployment(2, ended(800), 'web-2'),
        deployment(3, ended(700), 'web-3'),
        deployment(4, ended(600), 'web-3'),
        deployment(5, ended(500, 'ROLLBACK_SUCCESSFUL'), 'web-5'),
        deployment(6, ended(400, 'STOPPED'), 'web-6'),
        deployment(7, ended(300, 'STOPPED'), 'web-7'),
      ],
      gone: ['web-d6', 'web-d5', 'web-d3', 'web-d1'],
    },
    {
      when: 'the newest stays, and all that are under way',
      service: keeping({ deployments: { ttlSeconds: 0, limit: 0 } }),
      have: [
        deployment(1, { status: 'IN_PROGRESS' }),
        deployment(2, ended(500, 'STOPPED')),
        deployment(3, ended(400, 'STOPPED')),
      ],
      gone: ['web-d2'],
    },
  ])('$when', ({ service = aService(), have, gone, wake }) =>
    expect(plan({ service, deployments: have })).toEqual({ gone, wake }),
  )
})

describe('service revisions', () => {
  const all = revisions(1, 2, 3, 4, 5, 6, 7)
  it('stay while a deployment speaks of them: as its target, a source, or what it goes back to', () => {
    const rollback = { reason: '', startedAt: timestamp(t0), serviceRevision: 'web-4', serviceDeployment: 'web-d1' }
    const deployments = [
      deployment(1, ended(900), 'web-1', ['web-2']),
      deployment(2, { status: 'ROLLBACK_IN_PROGRESS', rollback }, 'web-3'),
    ]
    expect(plan({ revisions: all, deployments }).gone).toEqual(['web-5', 'web-6'])
  })
  it('go after the last deployment that speaks of them', () => {
    const deployments = [
      deployment(1, ended(900), 'web-1'),
      deployment(2, ended(800, 'STOPPED'), 'web-5', ['web-1', 'web-6']),
      deployment(3, ended(1), 'web-7'),
    ]
    const have = revisions(1, 5, 6, 7)
    expect(plan({ revisions: have, deployments }).gone).toEqual(['web-d2'])
    const left = deployments.filter(({ spec }) => spec.deployment !== 2)
    expect(plan({ revisions: have, deployments: left }).gone).toEqual(['web-5', 'web-6'])
  })
  it('stay while they want tasks, have some, or are what the service converges to; the newest always', () => {
    const [first, second, ...others] = all as [ServiceHistory['revisions'][number], ServiceHistory['revisions'][number]]
    const task = aTask({ status: { lastStatus: 'STOPPED', stoppedAt: timestamp(t0) } })
    const wanting = { ...second, revision: { ...second.revision, spec: { ...second.revision.spec, desiredCount: 1 } } }
    const service = aService({ status: { currentServiceRevision: 'web-3' } })
    const have = [{ ...first, tasks: [task] }, wanting, ...others]
    expect(plan({ service, revisions: have }).gone).toEqual(['web-4', 'web-5', 'web-6'])
  })
})

it('tasks go by what the service says', () => {
  const { revision } = revisions(1)[0] as ServiceHistory['revisions'][number]
  const tasks = [1, 2, 3].map((n) =>
    aTask({
      name: `web-1-0-${n}`,
      owner: revision,
      status: { lastStatus: 'STOPPED', stoppedAt: timestamp(plus(t0, hours(n - 4))) },
    }),
  )
  const have = [{ revision, tasks }]
  expect(plan({ revisions: have }).gone).toEqual([])
  const limited = keeping({ stoppedTasks: { limit: 1 } })
  expect(plan({ service: limited, revisions: have }).gone).toEqual(['web-1-0-2', 'web-1-0-1'])
  const timed = keeping({ stoppedTasks: { ttlSeconds: 2 * 3600 } })
  expect(plan({ service: timed, revisions: have })).toEqual({ gone: ['web-1-0-2', 'web-1-0-1'], wake: 1 })
})
