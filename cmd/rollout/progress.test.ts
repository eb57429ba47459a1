import { describe, expect, it } from 'vitest'
import type { Condition } from '../../api/meta/conditions.ts'
import type { Service } from '../../api/v1/service.ts'
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { templateHash } from '../../api/v1/service-template.ts'
import { parseTimestamp } from '../../lib/time.ts'
import { aService, aServiceDeployment, aServiceRevision, aTaskDefinitionRevision } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import type { RolloutFacts } from './facts.ts'
import { historyRows, undoTarget } from './history.ts'
import { progressOf } from './progress.ts'

const condition = (type: string, reason: string, message: string): Condition => ({
  type,
  status: type === 'Ready' ? 'False' : 'True',
  reason,
  message,
  lastTransitionTime: builtAt,
})
const seen = (service: Service, conditions: readonly Condition[] = []): Service => ({
  ...service,
  status: {
    observedGeneration: service.metadata.generation,
    currentServiceDeployment: 'web-d2',
    conditions: [...conditions],
  },
})
const web = seen(aService(), [condition('Ready', 'DeploymentInProgress', '1 of 3 tasks run the newest revision.')])
const revision = (n: number) =>
  aServiceRevision({
    spec: {
      service: 'web',
      revision: n,
      taskDefinition: `web.${n}`,
      templateHash: templateHash(web, `web.${n}`),
      desiredCount: 3,
    },
  })
const deployment = (n: number, status: ServiceDeployment['status'], target = n): ServiceDeployment =>
  aServiceDeployment({
    spec: { service: 'web', deployment: n, targetServiceRevision: `web-${target}`, sourceServiceRevisions: [] },
    ...(status === undefined ? {} : { status }),
  })
const definition = aTaskDefinitionRevision({ spec: { family: 'web', revision: 2 } } as never)
const rollback = { reason: '', startedAt: builtAt, serviceRevision: 'web-1', serviceDeployment: 'web-d1' }
const facts = (over: Partial<RolloutFacts>): RolloutFacts => ({
  service: web,
  deployments: [deployment(1, { status: 'SUCCESSFUL' }), deployment(2, { status: 'IN_PROGRESS' })],
  revision: (name) => [revision(1), revision(2)].find(({ metadata }) => metadata.name === name),
  resolution: { is: 'found', definition },
  ...over,
})
const newest = (status: ServiceDeployment['status']): Partial<RolloutFacts> => ({
  deployments: [deployment(1, { status: 'SUCCESSFUL' }), deployment(2, status)],
})

describe('a rollout', () => {
  const lastFailure = { task: 'web-2-0-1', reason: 'no such image' }
  it.each<{ when: string; over: Partial<RolloutFacts>; is: string; line: string | RegExp }>([
    {
      when: 'the service says how far it is',
      over: {},
      is: 'under way',
      line: 'Deployment web-d2 of web:2: 1 of 3 tasks run the newest revision.',
    },
    {
      when: 'the service still tells of the one before',
      over: { ...newest({}), service: { ...web, status: { ...web.status, currentServiceDeployment: 'web-d1' } } },
      is: 'under way',
      line: 'Deployment web-d2 of web:2: it has begun.',
    },
    {
      when: 'it completed',
      over: newest({ status: 'SUCCESSFUL' }),
      is: 'succeeded',
      line: 'Deployment web-d2 of web:2 completed.',
    },
    {
      when: 'it goes back',
      over: newest({ status: 'ROLLBACK_IN_PROGRESS', rollback }),
      is: 'under way',
      line: /^Deployment web-d2 of web:2: /,
    },
    {
      when: 'it was rolled back',
      over: newest({ status: 'ROLLBACK_SUCCESSFUL', rollback, lastFailure }),
      is: 'failed',
      line: 'Deployment web-d2 of web:2 failed and was rolled back to web-1. Last: task web-2-0-1: no such image',
    },
    {
      when: 'the way back failed',
      over: newest({ status: 'ROLLBACK_FAILED', rollback, statusReason: 'Why.' }),
      is: 'failed',
      line: 'Deployment web-d2 of web:2 failed, and so did the way back to web-1. Why.',
    },
    {
      when: 'it was stopped',
      over: newest({ status: 'STOPPED', statusReason: 'Why.' }),
      is: 'failed',
      line: 'Deployment web-d2 of web:2 was stopped. Why.',
    },
    {
      when: 'it was stopped for what its last failure says',
      over: newest({
        status: 'STOPPED',
        statusReason: 'Lifecycle hook one: task a: it ended.',
        lastFailure: { task: 'a', reason: 'it ended' },
      }),
      is: 'failed',
      line: 'Deployment web-d2 of web:2 was stopped. Lifecycle hook one: task a: it ended.',
    },
    {
      when: 'a person stopped it',
      over: newest({ status: 'STOPPED', statusReason: 'StopServiceDeployment: aborted.' }),
      is: 'failed',
      line: 'Deployment web-d2 of web:2 was stopped. StopServiceDeployment: aborted.',
    },
    {
      when: 'a person sent it back',
      over: newest({
        status: 'ROLLBACK_SUCCESSFUL',
        rollback: { ...rollback, reason: 'StopServiceDeployment: rollback requested.' },
      }),
      is: 'failed',
      line: 'Deployment web-d2 of web:2 was rolled back to web-1 by request.',
    },
    {
      when: 'it is paused',
      over: { service: seen(aService(), [condition('Ready', 'DeploymentPaused', 'Held.')]) },
      is: 'under way',
      line: 'Service web is paused. Held.',
    },
    {
      when: 'what the service asks for now has no deployment yet, though the last one completed',
      over: { deployments: [deployment(1, { status: 'SUCCESSFUL' })] },
      is: 'under way',
      line: 'Waiting for a deployment of web:2.',
    },
    {
      when: 'a restart has not been seen yet',
      over: {
        ...newest({ status: 'SUCCESSFUL' }),
        service: { ...web, metadata: { ...web.metadata, annotations: { 'gantry.dev/force-new-deployment': 'now' } } },
      },
      is: 'under way',
      line: 'Waiting for a deployment of web:2.',
    },
    {
      when: 'the task definition has a change that is no revision yet',
      over: { resolution: { is: 'waiting', message: 'Waiting.' } },
      is: 'under way',
      line: 'Waiting.',
    },
    {
      when: 'there is no task definition',
      over: {
        resolution: {
          is: 'missing',
          reason: 'TaskDefinitionNotFound',
          problem: { path: 'spec.taskDefinition', message: 'there is none', reason: 'NotFound' } as never,
        },
      },
      is: 'failed',
      line: 'Service web: there is none',
    },
    {
      when: 'no controller has seen the service',
      over: { service: aService() },
      is: 'under way',
      line: 'Waiting for the controller to see service web.',
    },
    {
      when: 'the service breaks a rule',
      over: { service: seen(aService(), [condition('Stalled', 'Invalid', 'it is wrong')]) },
      is: 'failed',
      line: 'Service web: it is wrong',
    },
    {
      when: 'the service goes',
      over: { service: { ...web, metadata: { ...web.metadata, deletionTimestamp: builtAt } } },
      is: 'failed',
      line: 'Service web is being deleted.',
    },
  ])('$is: $when', ({ over, is, line }) => {
    const progress = progressOf(facts(over))
    expect(progress.is).toBe(is)
    expect(progress.line).toEqual(typeof line === 'string' ? line : expect.stringMatching(line))
  })
})

describe('history', () => {
  it('tells each deployment, how long it took, and why', () => {
    const times = { startedAt: '2026-01-01T00:00:01Z', finishedAt: '2026-01-01T00:00:31Z' }
    const all = facts({
      deployments: [
        deployment(1, { status: 'SUCCESSFUL', statusReason: 'It completed.', ...times }),
        deployment(2, { status: 'IN_PROGRESS', statusReason: 'It goes on.', startedAt: times.startedAt }),
        deployment(3, undefined, 9),
      ],
    })
    expect(historyRows(all, parseTimestamp('2026-01-01T00:01:00Z'))).toEqual([
      ['DEPLOYMENT', 'TASK-DEFINITION', 'STATUS', 'AGE', 'TOOK', 'REASON'],
      ['web-d1', 'web:1', 'SUCCESSFUL', '60s', '30s', 'It completed.'],
      ['web-d2', 'web:2', 'IN_PROGRESS', '60s', '-', 'It goes on.'],
      ['web-d3', '<unknown>', 'PENDING', '60s', '-', '-'],
    ])
  })

  it.each([
    { when: 'the newest failed', statuses: ['SUCCESSFUL', 'ROLLBACK_SUCCESSFUL'], target: 'web:1' },
    { when: 'the newest completed', statuses: ['SUCCESSFUL', 'SUCCESSFUL'], target: 'web:1' },
    { when: 'nothing before completed', statuses: ['STOPPED', 'SUCCESSFUL'], target: undefined },
    { when: 'there is but one', statuses: ['SUCCESSFUL'], target: undefined },
  ] as const)('goes back to $target when $when', ({ statuses, target }) => {
    const deployments = statuses.map((status, at) => deployment(at + 1, { status }))
    expect(undoTarget(facts({ deployments }))).toBe(target)
  })
})
