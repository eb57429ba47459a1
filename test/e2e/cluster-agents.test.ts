/** A server on etcd and two agents that share this machine: criterion 3 of the first milestone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ResourceClient } from '../../api/client/client.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { docker } from '../local-image.ts'
import { until } from '../until.ts'
import { gantry, service } from './cli-gantry.ts'
import { apply, type ClusterBed, definition, scale, steady } from './cluster-bed.ts'
import { TaskHistory } from './cluster-history.ts'
import { startsOf } from './cluster-ledger.ts'
import type { GantryProcess } from './cluster-process.ts'
import { type TwoZones, twoZones } from './two-zones.ts'

let zones: TwoZones
let bed: ClusterBed
let server: GantryProcess
let one: GantryProcess
let two: GantryProcess
let client: ResourceClient
let history: TaskHistory

beforeAll(async () => {
  zones = await twoZones()
  ;({ bed, server, one, two, client } = zones)
})
afterAll(() => zones[Symbol.asyncDispose]())

/** How many of the service's tasks run on each. */
const places = () => ({ one: zones.on(history, 'one'), two: zones.on(history, 'two') })
const instance = (name: string) =>
  client.get(ContainerInstance, { namespace: 'default', name: bed.instance(name) }, bed.signal)
const isConnected = async (name: string) => (await instance(name)).status?.agentConnected === true
const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(1)

describe('two agents', () => {
  it('register a share of the machine each, and share the tasks', async () => {
    for (const [name, zone] of [
      ['one', 'a'],
      ['two', 'b'],
    ] as const) {
      const { status } = await until(`${name} is registered`, () => instance(name).catch(() => undefined))
      expect(status?.registeredResources).toMatchObject({ cpu: 1024, memory: 512 })
      expect(status?.attributes).toContainEqual({ name: 'ecs.availability-zone', value: zone })
    }
    history = await TaskHistory.follow(client, 'shop', 16, bed.signal)
    // what moves when a zone comes back is another test's
    await apply(server, `${definition('shop')}---\n${service('shop', 6)}  availabilityZoneRebalancing: DISABLED\n`)
    await steady(client, 'shop', 6, bed.signal)
    expect(places()).toEqual({ one: 3, two: 3 })
  })

  it('the tasks of one that is killed with its containers move to the other, whose own are left alone', async () => {
    const kept = await startsOf(await bed.running('two'))
    const lost = history.running().filter(({ spec }) => spec.containerInstance === bed.instance('one'))
    const since = performance.now()
    await one.kill('SIGKILL')
    await Promise.all((await bed.running('one')).map((id) => docker.getContainer(id).kill()))
    await until('all run on two', () => places().two === 6)
    console.log(`an agent killed with its containers: its tasks ran elsewhere after ${seconds(since)} s`)
    await steady(client, 'shop', 6, bed.signal)
    expect(lost).toHaveLength(3)
    for (const { metadata } of lost)
      expect(history.named(metadata.name)?.status).toMatchObject({
        lastStatus: 'STOPPED',
        stopCode: 'TerminationNotice',
        stoppedReason: expect.stringContaining(bed.instance('one')),
      })
    expect(await isConnected('one')).toBe(false)
    expect(await startsOf(await bed.running('two'))).toEqual(expect.arrayContaining([...kept]))
    expect(await bed.running('two')).toHaveLength(6)
  })

  it('when it returns it registers again, starts nothing that is over, and takes new tasks', async () => {
    await one.start()
    await until('one is heard', () => isConnected('one'))
    expect(await bed.running('one')).toEqual([])
    await scale(client, 'shop', 8, bed.signal)
    await steady(client, 'shop', 8, bed.signal)
    expect(places()).toEqual({ one: 2, two: 6 })
  })

  it('one that comes back after its tasks were replaced stops what it left running', async () => {
    const stale = await bed.running('two')
    await two.kill('SIGKILL')
    await until('all run on one', () => places().one === 8)
    // Nobody was there to stop them.
    expect([...(await bed.running('two'))].sort()).toEqual([...stale].sort())
    const wanted = await startsOf(await bed.running('one'))
    await two.start()
    await until('two has stopped them', async () => (await bed.running('two')).length === 0)
    await until('two is heard', () => isConnected('two'))
    await steady(client, 'shop', 8, bed.signal)
    expect(await startsOf(await bed.running('one'))).toEqual(wanted)
    expect(wanted).toHaveLength(8)
  })

  it('never two tasks in one place, no container twice, and nothing is left in the end', async () => {
    expect(history.breaches).toEqual([])
    expect(bed.ledger.repetitions()).toEqual([])
    expect(bed.ledger.of('start')).toHaveLength(6 + 3 + 2 + 6)
    const { code, err } = await gantry(['delete', 'service', 'shop', '--kubeconfig', server.kubeConfig])
    expect({ code, err }).toMatchObject({ code: 0 })
    await until('all containers are gone', async () => {
      const left = await Promise.all([bed.containers('one'), bed.containers('two')])
      return left.flat().length === 0
    })
    expect([server, one, two].every(({ isRunning }) => isRunning)).toBe(true)
  })
})
