/** Availability zones are evened out (ecs-core 5.9), on the controllers together: a zone comes back, is full, or a change comes in between. */
import { afterEach, describe, expect, it } from 'vitest'
import { conditionOf } from '../api/meta/conditions.ts'
import { ContainerInstance } from '../api/v1/container-instance.ts'
import type { ServiceSpec } from '../api/v1/service.ts'
import type { Task } from '../api/v1/task.ts'
import { minutes, seconds } from '../lib/time.ts'
import { aContainerInstance } from './builders/kinds.ts'
import { World } from './builders/service-world.ts'
import { openClient } from './builders/test-client.ts'

let world: World
afterEach(() => world[Symbol.asyncDispose]())

/** Of the zone of its name. */
const anInstance = (name: string, agentConnected: boolean): ContainerInstance =>
  aContainerInstance({ name, status: { agentConnected, attributes: [{ name: 'ecs.availability-zone', value: name }] } })

/** The zone that a task asks for. */
const asked = ({ spec }: Task): string | undefined =>
  /^attribute:ecs\.availability-zone == "(.*)"$/.exec(spec.placementConstraints?.at(-1)?.expression ?? '')?.[1]

/** A service whose tasks are all in zone a, for b is not there. */
async function lopsided(spec: Partial<ServiceSpec> = {}): Promise<World> {
  world = new World(await openClient([anInstance('a', true), anInstance('b', false)]))
  await world.rest()
  world.place = (task) => asked(task) ?? 'a'
  await world.define()
  await world.serve({ desiredCount: 4, ...spec })
  await world.converge()
  return world
}
async function connect(w: World, name: string): Promise<void> {
  const instance = w.client.all(ContainerInstance).find(({ metadata }) => metadata.name === name) as ContainerInstance
  await w.client.put({ ...instance, status: { ...instance.status, agentConnected: true } })
  await w.rest()
}
const zones = (w: World): readonly string[] =>
  w
    .live()
    .map(({ spec }) => spec.containerInstance ?? '-')
    .sort()
const ready = (w: World): string | undefined => conditionOf(w.service().status?.conditions, 'Ready')?.status
const state = (w: World): string | undefined => w.service().status?.availabilityZoneRebalancing?.state

/** The agents take steps; says what Ready was after each. */
async function pass(w: World, time = minutes(2)): Promise<readonly (string | undefined)[]> {
  const seen = new Set<string | undefined>()
  for (let gone = 0; gone < time; gone += 5000) {
    await w.turn()
    seen.add(ready(w))
    await w.advance(seconds(5))
    seen.add(ready(w))
  }
  return [...seen]
}

describe('a zone that comes back', () => {
  it('gets its share, with no gap, no deployment and no change of Ready, and then there is peace', async () => {
    const w = await lopsided()
    expect(zones(w)).toEqual(['a', 'a', 'a', 'a'])
    w.watch = { least: 4, most: 8 }
    await connect(w, 'b')
    expect(state(w)).toBe('IN_PROGRESS')
    expect(await pass(w)).toEqual(['True'])
    expect(w.problems).toEqual([])
    expect(zones(w)).toEqual(['a', 'a', 'b', 'b'])
    expect(w.service().status).toMatchObject({
      availabilityZoneRebalancing: {
        state: 'BALANCED',
        zones: [
          { zone: 'a', tasks: 2 },
          { zone: 'b', tasks: 2 },
        ],
      },
      runningCount: 4,
    })
    expect(w.deployments()).toHaveLength(1)
    const before = w.client.activity
    await w.advance(minutes(45))
    expect(w.client.activity).toBe(before)
  })

  it('is told of in the words of ECS (5.8)', async () => {
    const w = await lopsided({ desiredCount: 2 })
    await connect(w, 'b')
    await pass(w)
    expect(w.events('RebalancingStarted')).toEqual([
      '(service web) is not AZ balanced with 2 tasks in a, 0 tasks in b. AZ Rebalancing in progress.',
    ])
    expect(w.events('TasksRebalanced').toSorted()).toEqual([
      '(service web) has started 1 tasks in b to AZ Rebalance: (task web-1-2-1).',
      expect.stringMatching(/^\(service web\) has stopped 1 tasks in a to AZ Rebalance: \(task web-1-[01]-1\)\.$/),
    ])
    expect(w.events('RebalancingCompleted')).toEqual(['(service web) is AZ balanced with 1 tasks in a, 1 tasks in b.'])
    expect(w.events('SteadyState')).toHaveLength(1)
  })

  it('gets nothing of a service that does not want it', async () => {
    const w = await lopsided({ availabilityZoneRebalancing: 'DISABLED' })
    await connect(w, 'b')
    await pass(w)
    expect(zones(w)).toEqual(['a', 'a', 'a', 'a'])
    expect(state(w)).toBeUndefined()
  })
})

it('a task for which its zone has no place after all is withdrawn, and tried again ever later', async () => {
  const w = await lopsided({ desiredCount: 2 })
  w.place = (task) => (asked(task) === 'b' ? undefined : 'a')
  await connect(w, 'b')
  expect(w.live()).toHaveLength(3)
  expect(await pass(w, minutes(30))).toEqual(['True'])
  expect(zones(w)).toEqual(['a', 'a'])
  expect(w.service().status?.availabilityZoneRebalancing).toMatchObject({ state: 'STOPPED', attempts: 5 })
  expect(w.events('RebalancingStopped')[0]).toContain('AZ Rebalancing stopped: no task came to run')
  w.place = (task) => asked(task) ?? 'a'
  await pass(w, minutes(30))
  expect(zones(w)).toEqual(['a', 'b'])
})

describe('what comes in between ends it', () => {
  it.each([
    { what: 'a deployment', change: (w: World) => w.define('app:2'), left: 2 },
    { what: 'scaling in', change: (w: World) => w.serve({ desiredCount: 1 }), left: 1 },
    { what: 'scaling out', change: (w: World) => w.serve({ desiredCount: 5 }), left: 5 },
  ])('$what, and it begins anew when that is over', async ({ change, left }) => {
    const w = await lopsided({ desiredCount: 2 })
    w.fate = (task) => (asked(task) === 'b' ? 'hangs' : 'runs')
    await connect(w, 'b')
    expect(state(w)).toBe('IN_PROGRESS')
    await change(w)
    expect(state(w)).toBe('STOPPED')
    w.fate = () => 'runs'
    await pass(w, minutes(3))
    expect(w.live()).toHaveLength(left)
    expect(state(w)).toBe('BALANCED')
    expect(ready(w)).toBe('True')
  })
})
