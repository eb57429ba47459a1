/** Two agents in two zones on the real engine: what a zone lost comes back to it, with no task missing meanwhile (ecs-core 5.9). */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ResourceClient } from '../../api/client/client.ts'
import { Event } from '../../api/v1/core.ts'
import { Service } from '../../api/v1/service.ts'
import { docker } from '../local-image.ts'
import { until } from '../until.ts'
import { gantry, service } from './cli-gantry.ts'
import { apply, type ClusterBed, definition, steady } from './cluster-bed.ts'
import { TaskHistory } from './cluster-history.ts'
import { startsOf } from './cluster-ledger.ts'
import type { GantryProcess } from './cluster-process.ts'
import { type TwoZones, twoZones } from './two-zones.ts'

let zones: TwoZones
let bed: ClusterBed
let server: GantryProcess
let two: GantryProcess
let client: ResourceClient

beforeAll(async () => {
  zones = await twoZones()
  ;({ bed, server, two, client } = zones)
})
afterAll(() => zones[Symbol.asyncDispose]())

const shop = () => client.get(Service, { namespace: 'default', name: 'shop' }, bed.signal)
const told = async (): Promise<readonly string[]> => {
  const { items } = await client.list(Event, { namespace: 'default' }, bed.signal)
  return items.flatMap(({ reason, message }) => (reason?.includes('Rebalanc') ? [message ?? ''] : []))
}

it('a zone that was lost gets its share when it is back', { timeout: 180_000 }, async () => {
  const history = await TaskHistory.follow(client, 'shop', 8, bed.signal)
  const on = (name: string): number => zones.on(history, name)
  await apply(server, `${definition('shop')}---\n${service('shop', 4)}`)
  await steady(client, 'shop', 4, bed.signal)
  expect([on('one'), on('two')]).toEqual([2, 2])

  await two.kill('SIGKILL')
  await Promise.all((await bed.running('two')).map((id) => docker.getContainer(id).kill()))
  await until('all run on one', () => on('one') === 4)
  await steady(client, 'shop', 4, bed.signal)
  const old = await startsOf(await bed.running('one'))

  let least = Number.POSITIVE_INFINITY
  const since = performance.now()
  await two.start()
  await until('each has two', () => {
    least = Math.min(least, history.running().length)
    return on('one') === 2 && on('two') === 2
  })
  console.log(`a zone that is back has its share after ${((performance.now() - since) / 1000).toFixed(1)} s`)
  const { status } = await until('it says so', async () => {
    const now = await shop()
    return now.status?.availabilityZoneRebalancing?.state === 'BALANCED' && now
  })
  await steady(client, 'shop', 4, bed.signal)
  expect(least).toBeGreaterThanOrEqual(4)
  expect(status?.availabilityZoneRebalancing?.zones).toEqual([
    { zone: 'a', tasks: 2 },
    { zone: 'b', tasks: 2 },
  ])
  expect(status?.latestDeployment).toBe(1)
  expect(old).toEqual(expect.arrayContaining([...(await startsOf(await bed.running('one')))]))
  expect(history.breaches).toEqual([])
  expect(bed.ledger.repetitions()).toEqual([])
  const events = await until('events tell it', async () => {
    const now = await told()
    return now.some((text) => text.includes('is AZ balanced')) && now
  })
  const texts = [
    /^\(service shop\) is not AZ balanced with 4 tasks in a, 0 tasks in b\. AZ Rebalancing in progress\.$/,
    /^\(service shop\) has started 2 tasks in b to AZ Rebalance: \(task shop-1-[45]-1\) \(task shop-1-[45]-1\)\.$/,
    /^\(service shop\) has stopped [12] tasks in a to AZ Rebalance: \(task shop-1-.*\)\.$/,
    /^\(service shop\) is AZ balanced with 2 tasks in a, 2 tasks in b\.$/,
  ]
  expect(texts.filter((text) => !events.some((told) => text.test(told)))).toEqual([])
  const why = await gantry(['why', 'service', 'shop', '--kubeconfig', server.kubeConfig])
  expect(why.out).not.toContain('balanced')
})
