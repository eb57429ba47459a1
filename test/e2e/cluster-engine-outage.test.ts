/** The Docker engine out of reach for 10 s, by a socket in front of it that can be cut: no task is taken for stopped. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ResourceClient } from '../../api/client/client.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { isStopped } from '../../api/v1/task.ts'
import { sleep, systemClock } from '../../lib/clock.ts'
import { seconds } from '../../lib/time.ts'
import { type EngineProxy, engineProxy } from '../conformance/engine-proxy.ts'
import { docker } from '../local-image.ts'
import { until } from '../until.ts'
import { service } from './cli-gantry.ts'
import { apply, ClusterBed, clientOf, definition, scale, steady } from './cluster-bed.ts'
import { TaskHistory } from './cluster-history.ts'
import { startsOf } from './cluster-ledger.ts'
import type { GantryProcess } from './cluster-process.ts'

const outage = seconds(10)
let bed: ClusterBed
let proxy: EngineProxy
let up: GantryProcess
let client: ResourceClient
let history: TaskHistory
beforeAll(async () => {
  ;[bed, proxy] = await Promise.all([ClusterBed.make(), engineProxy()])
  up = await bed.up('one', { DOCKER_HOST: `unix://${proxy.socketPath}` })
  client = clientOf(up)
  history = await TaskHistory.follow(client, 'shop', 12, bed.signal)
  await apply(up, `${definition('shop')}---\n${service('shop', 4)}`)
  await steady(client, 'shop', 4, bed.signal)
})
afterAll(async () => {
  await bed[Symbol.asyncDispose]()
  await proxy.close()
})

const stopped = () => history.all().filter(isStopped)

describe('the engine out of reach for 10 s', () => {
  it('stops no task; what was asked for meanwhile is done afterwards', async () => {
    const before = await startsOf(await bed.running('one'))
    proxy.cut()
    await scale(client, 'shop', 6, bed.signal)
    await sleep(systemClock, outage, bed.signal)
    expect(stopped()).toEqual([])
    expect(history.running()).toHaveLength(4)
    const instance = { namespace: 'default', name: bed.instance('one') }
    // Its agent lives: it is the engine that does not answer.
    expect((await client.get(ContainerInstance, instance, bed.signal)).status?.agentConnected).toBe(true)
    proxy.heal()
    const since = performance.now()
    await steady(client, 'shop', 6, bed.signal)
    console.log(
      `the engine away for 10 s: scaled ${((performance.now() - since) / 1000).toFixed(1)} s after it was back`,
    )
    expect(stopped()).toEqual([])
    expect(await startsOf(await bed.running('one'))).toEqual(expect.arrayContaining([...before]))
    expect(await bed.running('one')).toHaveLength(6)
  })

  it('what died while it could not be seen is replaced, and only that', async () => {
    const [victim, ...others] = await bed.running('one')
    const before = await startsOf(others)
    proxy.cut()
    await docker.getContainer(victim as string).kill()
    await bed.ledger.reaches('die', 1)
    proxy.heal()
    await bed.ledger.reaches('start', 7)
    await steady(client, 'shop', 6, bed.signal)
    expect(stopped().map(({ status }) => [status?.stopCode, status?.containers?.[0]?.exitCode])).toEqual([
      ['EssentialContainerExited', 137],
    ])
    expect(await startsOf(await bed.running('one'))).toEqual(expect.arrayContaining([...before]))
  })

  it('a task that is told to stop meanwhile stops afterwards', async () => {
    proxy.cut()
    await scale(client, 'shop', 2, bed.signal)
    await until(
      'four are told',
      () => history.all().filter(({ spec }) => spec.desiredStatus === 'STOPPED').length === 4,
    )
    expect(stopped()).toHaveLength(1)
    proxy.heal()
    await steady(client, 'shop', 2, bed.signal)
    expect(await bed.running('one')).toHaveLength(2)
    expect(history.breaches).toEqual([])
    expect(bed.ledger.repetitions()).toEqual([])
    expect(up.isRunning).toBe(true)
  })
})
