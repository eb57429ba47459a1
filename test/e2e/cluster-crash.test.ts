/** `gantry up` killed with -9 at any moment: criterion 2 of the first milestone. The moments are things that happen. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ResourceClient } from '../../api/client/client.ts'
import { Task } from '../../api/v1/task.ts'
import { until } from '../until.ts'
import { service } from './cli-gantry.ts'
import { apply, ClusterBed, clientOf, definition, scale, steady } from './cluster-bed.ts'
import { startsOf } from './cluster-ledger.ts'
import type { GantryProcess } from './cluster-process.ts'

let bed: ClusterBed
let up: GantryProcess
let client: ResourceClient
beforeAll(async () => {
  bed = await ClusterBed.make()
  up = await bed.up('one')
  client = clientOf(up)
})
afterAll(() => bed[Symbol.asyncDispose]())

/** Kills and starts again; the containers that ran in between, as the engine started them. */
async function crash(): Promise<readonly string[]> {
  await up.kill('SIGKILL')
  const left = await startsOf(await bed.running('one'))
  await up.start()
  client = clientOf(up)
  return left
}

/** Each running task has its one container, each container its task. */
async function expectOneEach(count: number): Promise<void> {
  const { items } = await client.list(Task, { namespace: 'default' }, bed.signal)
  const containers = await bed.containers('one')
  const runs = items.filter(({ status }) => status?.lastStatus === 'RUNNING')
  expect(runs).toHaveLength(count)
  expect([...(await bed.running('one'))].sort()).toEqual(
    runs.map(({ status }) => status?.containers?.[0]?.runtimeId ?? '').sort(),
  )
  const known = new Set(items.map(({ metadata }) => metadata.uid))
  expect(containers.filter(({ Labels }) => !known.has(Labels['gantry.dev/task-uid'] ?? ''))).toEqual([])
  expect(bed.ledger.repetitions()).toEqual([])
}

describe('gantry up, killed with -9 and started again', () => {
  it.each([
    { when: 'before the first container is made', act: 'create', count: 0 },
    { when: 'with the first container made and not started', act: 'create', count: 1 },
    { when: 'with some containers started', act: 'start', count: 4 },
    { when: 'with the last container started', act: 'start', count: 10 },
  ] as const)('while it starts 10 tasks: $when', async ({ act, count }) => {
    const before = bed.ledger.of(act).length
    const name = `start-${act}-${count}`
    await apply(up, `${definition(name)}---\n${service(name, 10)}`)
    await bed.ledger.reaches(act, before + count)
    const left = await crash()
    await steady(client, name, 10, bed.signal)
    // Whatever ran at that moment goes on, and only the rest was started: ten starts in all.
    expect(await startsOf(await bed.running('one'))).toEqual(expect.arrayContaining([...left]))
    await expectOneEach(10)
    await scale(client, name, 0, bed.signal)
    await steady(client, name, 0, bed.signal)
    expect(bed.ledger.of('start').filter(({ task }) => task.startsWith(name))).toHaveLength(10)
  })

  it('when all is steady', async () => {
    await apply(up, `${definition('shop')}---\n${service('shop', 10)}`)
    await steady(client, 'shop', 10, bed.signal)
    const left = await crash()
    await steady(client, 'shop', 10, bed.signal)
    expect(left).toHaveLength(10)
    expect(await startsOf(await bed.running('one'))).toEqual(left)
    await expectOneEach(10)
  })

  it('several times in the middle of a rollout', async () => {
    const [started, died] = [bed.ledger.of('start').length, bed.ledger.of('die').length]
    await apply(up, definition('shop', 2))
    for (const [act, count] of [
      ['start', started + 2],
      ['die', died + 3],
      ['die', died + 9],
    ] as const) {
      await bed.ledger.reaches(act, count)
      await crash()
    }
    await until('only the new revision runs', async () => {
      const { items } = await client.list(Task, { namespace: 'default' }, bed.signal)
      const runs = items.filter(({ status }) => status?.lastStatus === 'RUNNING')
      return runs.length === 10 && runs.every(({ spec }) => spec.taskDefinition === 'shop.2')
    })
    await steady(client, 'shop', 10, bed.signal)
    await expectOneEach(10)
    expect(bed.ledger.of('start')).toHaveLength(started + 10)
    expect(bed.ledger.of('die')).toHaveLength(died + 10)
  })
})
