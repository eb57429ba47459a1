/** etcd away for 20 s under a server, frozen and really stopped: tasks do not notice, and all goes on afterwards. */
import { afterAll, describe, expect, it } from 'vitest'
import { sleep, systemClock } from '../../lib/clock.ts'
import { seconds } from '../../lib/time.ts'
import { type EtcdServer, startEtcd } from '../conformance/etcd-server.ts'
import { docker } from '../local-image.ts'
import { until } from '../until.ts'
import { service } from './cli-gantry.ts'
import { apply, ClusterBed, clientOf, definition, scale, steady } from './cluster-bed.ts'
import { TaskHistory } from './cluster-history.ts'
import { startsOf } from './cluster-ledger.ts'

const outage = seconds(20)
const open: AsyncDisposable[] = []
afterAll(async () => {
  for (const one of open.reverse()) await one[Symbol.asyncDispose]()
})

// Side by side: each has an etcd, a server and an agent of its own, and mostly waits.
describe.concurrent('etcd away for 20 s', () => {
  it.each<{ how: string; leave: (etcd: EtcdServer) => void | Promise<void>; back: (etcd: EtcdServer) => unknown }>([
    { how: 'frozen', leave: (etcd) => etcd.freeze(), back: (etcd) => etcd.thaw() },
    { how: 'stopped', leave: (etcd) => etcd.stop(), back: (etcd) => etcd.start() },
  ])('$how: tasks are untouched, and afterwards everything works', async ({ how, leave, back }) => {
    const [etcd, bed] = await Promise.all([startEtcd(), ClusterBed.make()])
    open.push(etcd, bed)
    const server = await bed.server('server', etcd.endpoint)
    const agent = await bed.agent({ name: 'one', zone: 'a', server })
    const client = clientOf(server)
    await apply(server, `${definition('shop')}---\n${service('shop', 4)}`)
    await steady(client, 'shop', 4, bed.signal)
    const history = await TaskHistory.follow(client, 'shop', 8, bed.signal)
    const before = await startsOf(await bed.running('one'))
    const [started, died] = [bed.ledger.of('start').length, bed.ledger.of('die').length]

    await leave(etcd)
    await sleep(systemClock, outage, bed.signal)
    expect([bed.ledger.of('start').length, bed.ledger.of('die').length]).toEqual([started, died])
    await back(etcd)

    const since = performance.now()
    await until('the service can be scaled', () =>
      scale(client, 'shop', 6, bed.signal).then(
        () => true,
        () => false,
      ),
    )
    await steady(client, 'shop', 6, bed.signal)
    console.log(`etcd ${how} for 20 s: scaled ${((performance.now() - since) / 1000).toFixed(1)} s after it was back`)
    const after = await bed.running('one')
    expect(await startsOf(after)).toEqual(expect.arrayContaining([...before]))
    // What dies is replaced again.
    await docker.getContainer(after[0] as string).kill()
    await bed.ledger.reaches('start', 7)
    await steady(client, 'shop', 6, bed.signal)
    expect(bed.ledger.of('die')).toHaveLength(1)
    expect(bed.ledger.repetitions()).toEqual([])
    await until('the watch tells of all six', () => history.running().length === 6)
    expect(history.breaches).toEqual([])
    expect([server.isRunning, agent.isRunning]).toEqual([true, true])
  })
})
