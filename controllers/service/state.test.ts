import { describe, expect, it } from 'vitest'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { parseTimestamp } from '../../lib/time.ts'
import {
  aService,
  aServiceDeployment,
  aServiceRevision,
  aTask,
  aTaskDefinition,
  aTaskDefinitionRevision,
} from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { type Inputs, stateOf } from './state.ts'

/** `web 3 INACTIVE`: revision 3 of family web. */
function definition(text: string): TaskDefinitionRevision {
  const [family = '', revision, status] = text.split(' ')
  return aTaskDefinitionRevision({
    spec: { family, revision: Number(revision) },
    status: { status: (status ?? 'ACTIVE') as 'ACTIVE' },
  })
}
const inputs = (over: Partial<Inputs> = {}, definitions: readonly TaskDefinitionRevision[] = []): Inputs => ({
  now: parseTimestamp(builtAt),
  service: aService(),
  revisions: [],
  deployments: [],
  tasksOf: () => [],
  isTaken: () => false,
  revision: (name) => definitions.find(({ metadata }) => metadata.name === name),
  family: (name) => definitions.filter(({ spec }) => spec.family === name),
  head: () => undefined,
  instance: () => undefined,
  instances: () => [],
  prefetching: () => [],
  ...over,
})
const settled = aTaskDefinition({ status: { observedGeneration: 1 } })

describe('what the task definition of a service means', () => {
  const all = ['web 1', 'web 2', 'web 10', 'web 11 INACTIVE', 'api.v2 1']
  it.each([
    { reference: 'web', means: 'web.10' },
    { reference: 'web:2', means: 'web.2' },
    { reference: 'arn:aws:ecs:local:000000000000:task-definition/web:1', means: 'web.1' },
    { reference: 'web.2', means: 'web.2' },
    { reference: 'api.v2', means: 'api.v2.1' },
    { reference: 'web:11', means: 'TaskDefinitionInactive' },
    { reference: 'web:12', means: 'TaskDefinitionNotFound' },
    { reference: 'none', means: 'TaskDefinitionNotFound' },
  ])('$reference: $means', ({ reference, means }) => {
    const service = aService({ spec: { taskDefinition: reference } })
    const { resolution } = stateOf(inputs({ service, head: () => settled }, all.map(definition)))
    const got =
      resolution.is === 'found'
        ? resolution.definition.metadata.name
        : resolution.is === 'missing'
          ? resolution.reason
          : ''
    expect(got).toBe(means)
  })

  it('a service may stay on a revision that was deregistered, but not go to one', () => {
    const service = aService({ spec: { taskDefinition: 'web:11' } })
    const revisions = [aServiceRevision({ owner: service, spec: { taskDefinition: 'web.11' } })]
    const deployments = [aServiceDeployment({ owner: service })]
    const definitions = all.map(definition)
    expect(stateOf(inputs({ service, revisions, deployments }, definitions)).resolution.is).toBe('found')
    expect(stateOf(inputs({ service, revisions }, definitions)).resolution.is).toBe('missing')
  })

  it.each([
    { when: 'the newest was deregistered', runs: 'web.11', means: 'web.11' },
    { when: 'an older one runs', runs: 'web.2', means: 'web.10' },
    { when: 'what runs is gone', runs: 'web.12', means: 'web.10' },
  ])('a service that follows its family goes forward only: $when', ({ runs, means }) => {
    const service = aService()
    const revisions = [aServiceRevision({ owner: service, spec: { taskDefinition: runs } })]
    const deployments = [aServiceDeployment({ owner: service })]
    const { resolution } = stateOf(
      inputs({ service, revisions, deployments, head: () => settled }, all.map(definition)),
    )
    expect(resolution).toMatchObject({ is: 'found', definition: { metadata: { name: means } } })
  })

  it.each([
    { when: 'the head has a change to come', reference: 'web', head: aTaskDefinition(), is: 'waiting' },
    { when: 'the pinned revision may be that change', reference: 'web:12', head: aTaskDefinition(), is: 'waiting' },
    { when: 'the pinned revision is there', reference: 'web:2', head: aTaskDefinition(), is: 'found' },
    { when: 'the head is settled', reference: 'web', head: settled, is: 'found' },
  ])('$when: $is', ({ reference, head, is }) => {
    const service = aService({ spec: { taskDefinition: reference } })
    expect(stateOf(inputs({ service, head: () => head }, all.map(definition))).resolution.is).toBe(is)
  })
})

describe('numbers', () => {
  const service = aService({ status: { latestRevision: 4, latestDeployment: 6 } })
  it('go on from the status, when the objects are gone', () => {
    const state = stateOf(inputs({ service }))
    expect([state.nextRevision, state.nextDeployment]).toEqual([5, 7])
  })
  it('go on from the objects, also those of an earlier service of that name', () => {
    const earlier = aService({ metadata: { uid: 'earlier' } })
    const revisions = [aServiceRevision({ owner: earlier, spec: { revision: 9 } })]
    const deployments = [aServiceDeployment({ owner: earlier, spec: { deployment: 8 } })]
    const state = stateOf(inputs({ service, revisions, deployments }))
    expect([state.nextRevision, state.nextDeployment]).toEqual([10, 9])
    expect([state.revisions, state.deployment]).toEqual([[], undefined])
  })
})

describe('tasks', () => {
  it('of an earlier revision of that name only take attempts', () => {
    const service = aService()
    const revision = aServiceRevision({ owner: service })
    const earlier = aServiceRevision({ metadata: { uid: 'earlier' } })
    const tasks = [
      aTask({ name: 'web-1-0-7', owner: earlier }),
      aTask({ name: 'web-1-0-2', owner: revision, status: { lastStatus: 'STOPPED' } }),
      aTask({ name: 'web-1-1-1', owner: revision }),
      aTask({ name: 'mine', owner: revision }),
    ]
    const [state] = stateOf(inputs({ service, revisions: [revision], tasksOf: () => tasks })).revisions
    expect(state?.attempts.get('0')).toBe(7)
    expect(state?.newest.get('0')?.name).toBe('web-1-0-2')
    expect(state?.live.map(({ name }) => name)).toEqual(['web-1-1-1', 'mine'])
    expect(state?.active).toBe(2)
  })
})
