/** Two servers on one etcd: criterion 4 of the first milestone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ResourceClient } from '../../api/client/client.ts'
import { type EtcdServer, startEtcd } from '../conformance/etcd-server.ts'
import { until } from '../until.ts'
import { service } from './cli-gantry.ts'
import { apply, ClusterBed, clientOf, definition, leaderPid, scale, steady } from './cluster-bed.ts'
import { TaskHistory } from './cluster-history.ts'
import { startsOf } from './cluster-ledger.ts'
import type { GantryProcess } from './cluster-process.ts'

let etcd: EtcdServer
let bed: ClusterBed
let first: GantryProcess
let second: GantryProcess
let one: GantryProcess
let two: GantryProcess
/** Of the second server, which is there all the time until the last test. */
let client: ResourceClient
let history: TaskHistory

beforeAll(async () => {
  ;[etcd, bed] = await Promise.all([startEtcd(), ClusterBed.make()])
  first = await bed.server('first', etcd.endpoint)
  second = await bed.server('second', etcd.endpoint)
  ;[one, two] = await Promise.all([
    bed.agent({ name: 'one', zone: 'a', server: first, others: [second] }),
    bed.agent({ name: 'two', zone: 'b', server: second }),
  ])
  client = clientOf(second)
  history = await TaskHistory.follow(client, 'shop', 24, bed.signal)
})
afterAll(async () => {
  await bed[Symbol.asyncDispose]()
  await etcd[Symbol.asyncDispose]()
})

const running = async () => [...(await bed.running('one')), ...(await bed.running('two'))]
const leads = (server: GantryProcess) => async () => (await leaderPid(client, bed.signal)) === server.pid

describe('two servers on one etcd', () => {
  it('one leads, both answer', async () => {
    expect(await leaderPid(client, bed.signal)).toBe(first.pid)
    expect(await leaderPid(clientOf(first), bed.signal)).toBe(first.pid)
    await apply(second, `${definition('shop')}---\n${service('shop', 4)}`)
    await steady(client, 'shop', 4, bed.signal)
    await steady(clientOf(first), 'shop', 4, bed.signal)
  })

  it('the other takes over within 15 s when the leader is killed in the middle of its work', async () => {
    const before = await startsOf(await running())
    await scale(client, 'shop', 10, bed.signal)
    await bed.ledger.reaches('create', 5)
    const since = performance.now()
    await first.kill('SIGKILL')
    await until('the second leads', leads(second), 30)
    const took = (performance.now() - since) / 1000
    console.log(`a killed leader: the other server led after ${took.toFixed(1)} s`)
    expect(took).toBeLessThan(15)
    // The killed server is not back: the agent that asked it goes on with the other.
    await steady(client, 'shop', 10, bed.signal)
    expect(await startsOf(await running())).toEqual(expect.arrayContaining([...before]))
    expect(await running()).toHaveLength(10)
  })

  it('the new leader scales, and the old one follows', async () => {
    await first.start('--listen', new URL(first.url).host)
    await scale(clientOf(first), 'shop', 12, bed.signal)
    await steady(client, 'shop', 12, bed.signal)
    expect(await leaderPid(client, bed.signal)).toBe(second.pid)
    const { one: ofOne, two: ofTwo } = Object.groupBy(history.running(), ({ spec }) =>
      spec.containerInstance === bed.instance('one') ? 'one' : 'two',
    )
    expect([ofOne?.length, ofTwo?.length]).toEqual([6, 6])
  })

  it('a leader that is told to end hands over at once', async () => {
    const before = await startsOf(await running())
    const since = performance.now()
    await second.kill('SIGTERM')
    const other = clientOf(first)
    await until('the first leads', async () => (await leaderPid(other, bed.signal)) === first.pid, 30)
    const took = (performance.now() - since) / 1000
    console.log(`a leader that ends: the other server led after ${took.toFixed(1)} s`)
    expect(took).toBeLessThan(5)
    // The agent that knows only this one waits for it.
    await second.start('--listen', new URL(second.url).host)
    await scale(client, 'shop', 11, bed.signal)
    await steady(client, 'shop', 11, bed.signal)
    expect(await running()).toHaveLength(11)
    expect(before).toEqual(expect.arrayContaining([...(await startsOf(await running()))]))
  })

  it('no task and no container was there twice', () => {
    expect(history.breaches).toEqual([])
    expect(bed.ledger.repetitions()).toEqual([])
    expect(bed.ledger.of('start')).toHaveLength(12)
    expect(bed.ledger.of('die').map(({ exitCode }) => exitCode)).toEqual(['0'])
    expect([first, second, one, two].every(({ isRunning }) => isRunning)).toBe(true)
  })
})
