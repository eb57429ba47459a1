import { expect, it } from 'vitest'
import type { ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import {
  aScheduledTask,
  aService,
  aServiceDeployment,
  aServiceRevision,
  aTask,
  aTaskDefinitionRevision,
} from '../../../test/builders/kinds.ts'
import { holdersOf, holdersText, isReferenced, type References } from './holders.ts'

const revision = aTaskDefinitionRevision()
/** `2 -> web-2 of web-1 SUCCESSFUL`: deployment 2, to revision web-2, from web-1. */
function deployment(text: string): ServiceDeployment {
  const [, n, target, source, status] = /^(\d+) -> (\S+)(?: of (\S+))? (\w+)$/.exec(text) ?? []
  return aServiceDeployment({
    name: `web-d${n}`,
    spec: {
      deployment: Number(n),
      targetServiceRevision: target,
      sourceServiceRevisions: source === undefined ? [] : [source],
    },
    status: { status: status as 'SUCCESSFUL' },
  })
}
const references = (over: Partial<References> = {}): References => ({
  pinned: () => [],
  schedules: () => [],
  serviceRevisions: () => [],
  deployments: () => [],
  tasks: () => [],
  ...over,
})
/** web-1 runs the revision; `desired` tasks of it are wanted. */
const ofService = (desired: number, deployments: readonly string[], tasks: References['tasks'] = () => []) =>
  references({
    serviceRevisions: () => [aServiceRevision({ spec: { desiredCount: desired } })],
    deployments: () => deployments.map(deployment),
    tasks,
  })
const owner = aServiceRevision()
const running = aTask({ name: 'web-1-0-1', owner })
const stopped = (of = {}) => aTask({ ...of, status: { lastStatus: 'STOPPED' } })

it.each([
  { when: 'nothing refers to it', by: references(), holders: [], referenced: false },
  { when: 'a service pins it', by: references({ pinned: () => [aService()] }), holders: ['service default/web'] },
  {
    when: 'a schedule runs it',
    by: references({ schedules: () => [aScheduledTask()] }),
    holders: ['scheduled task default/nightly'],
  },
  {
    when: 'a service wants tasks of it',
    by: ofService(2, ['1 -> web-1 SUCCESSFUL']),
    holders: ['service default/web'],
  },
  {
    when: 'a service has it, and wants no task',
    by: ofService(0, ['1 -> web-1 SUCCESSFUL']),
    holders: ['service default/web'],
  },
  {
    when: 'it is rolled out',
    by: ofService(0, ['1 -> web-1 IN_PROGRESS']),
    holders: ['deployment default/web-d1'],
  },
  {
    when: 'a rollout leaves it',
    by: ofService(0, ['1 -> web-1 STOPPED', '2 -> web-2 of web-1 IN_PROGRESS']),
    holders: ['deployment default/web-d2'],
  },
  {
    when: 'a rollout may go back to it',
    by: ofService(0, ['1 -> web-1 SUCCESSFUL', '2 -> web-2 of web-0 IN_PROGRESS']),
    holders: ['deployment default/web-d2'],
  },
  {
    when: 'a second rollout of another may go back to it',
    by: ofService(0, ['1 -> web-1 SUCCESSFUL', '2 -> web-2 of web-1 SUCCESSFUL', '3 -> web-2 IN_PROGRESS']),
    holders: ['deployment default/web-d3'],
  },
  {
    when: 'its rollout failed',
    by: ofService(0, ['1 -> web-2 SUCCESSFUL', '2 -> web-1 of web-2 STOPPED', '3 -> web-2 SUCCESSFUL']),
    holders: [],
  },
  {
    when: 'its service has moved on',
    by: ofService(0, ['1 -> web-1 SUCCESSFUL', '2 -> web-2 of web-1 SUCCESSFUL']),
    holders: [],
  },
  {
    when: 'tasks of a service that has moved on still stop',
    by: ofService(0, ['1 -> web-1 SUCCESSFUL', '2 -> web-2 of web-1 SUCCESSFUL'], () => [running, stopped({ owner })]),
    holders: ['service default/web'],
  },
  {
    when: 'tasks of nobody run it',
    by: references({ tasks: () => [aTask({ name: 'b' }), aTask({ name: 'a' })] }),
    holders: ['task default/a', 'task default/b'],
  },
  { when: 'a task ran it', by: references({ tasks: () => [stopped()] }), holders: [] },
])('$when: $holders', ({ by, holders, referenced = true }) => {
  expect(holdersOf(revision, by)).toEqual(holders)
  expect(isReferenced(revision, by)).toBe(referenced)
})

it('names five of many', () => {
  expect(holdersText(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('a, b, c, d, e and 2 more')
  expect(holdersText(['a', 'b'])).toBe('a, b')
})
