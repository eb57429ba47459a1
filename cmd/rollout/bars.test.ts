import { expect, it } from 'vitest'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import { aService, aServiceDeployment, aServiceRevision } from '../../test/builders/kinds.ts'
import { revisionBars } from './bars.ts'
import type { RolloutFacts } from './facts.ts'

const revision = (n: number, status: ServiceRevision['status']): ServiceRevision =>
  aServiceRevision({
    metadata: { name: `web-${n}` },
    spec: { service: 'web', revision: n, taskDefinition: `web.${n}`, templateHash: 'x', desiredCount: 0 },
    ...(status === undefined ? {} : { status }),
  })
const facts = (desiredCount: number, revisions: readonly ServiceRevision[]): RolloutFacts => ({
  service: { ...aService(), status: { desiredCount } },
  deployments: [
    aServiceDeployment({
      spec: {
        service: 'web',
        deployment: 2,
        targetServiceRevision: 'web-12',
        sourceServiceRevisions: ['web-1', 'web-gone'],
      },
    }),
  ],
  revision: (name) => revisions.find(({ metadata }) => metadata.name === name),
  resolution: { is: 'waiting', message: '' },
})

it('draws a bar for each revision that takes part', () => {
  const old = revision(1, { runningCount: 4, healthyCount: 4 })
  const fresh = revision(12, { runningCount: 3, healthyCount: 1, pendingCount: 2, failedTasks: 1 })
  expect(revisionBars(facts(4, [old, fresh]))).toEqual([
    '  web:1    ████████████████████   4/4 healthy',
    '  web:12   █████▒▒▒▒▒▒▒▒▒▒░░░░░   1/4 healthy, 2 not healthy yet, 2 starting, 1 failed',
  ])
})

it.each([
  { when: 'nothing has begun', of: { ...facts(4, []), deployments: [] }, want: [] },
  {
    when: 'nothing is known of a revision',
    of: facts(2, [revision(12, undefined)]),
    want: ['  web:12   ░░░░░░░░░░░░░░░░░░░░   0/2 healthy'],
  },
  {
    when: 'no tasks are wanted',
    of: facts(0, [revision(12, {})]),
    want: ['  web:12   ░░░░░░░░░░░░░░░░░░░░   0/0 healthy'],
  },
  {
    when: 'more tasks run than are wanted',
    of: facts(2, [revision(1, { runningCount: 5, healthyCount: 5 })]),
    want: ['  web:1   ████████████████████   5/2 healthy'],
  },
])('draws what there is when $when', ({ of, want }) => {
  expect(revisionBars(of)).toEqual(want)
})
