/** A server on etcd and two agents that share this machine, `one` in zone a and `two` in zone b. */
import type { ResourceClient } from '../../api/client/client.ts'
import { startEtcd } from '../conformance/etcd-server.ts'
import { ClusterBed, clientOf } from './cluster-bed.ts'
import type { TaskHistory } from './cluster-history.ts'
import type { GantryProcess } from './cluster-process.ts'

export interface TwoZones extends AsyncDisposable {
  readonly bed: ClusterBed
  readonly server: GantryProcess
  readonly one: GantryProcess
  readonly two: GantryProcess
  readonly client: ResourceClient
  /** How many of the tasks run on an instance (short name). */
  on(history: TaskHistory, name: string): number
}

export async function twoZones(): Promise<TwoZones> {
  await using made = new AsyncDisposableStack()
  const etcd = made.use(await startEtcd())
  const bed = made.use(await ClusterBed.make())
  const server = await bed.server('server', etcd.endpoint, '--instance-lost-after', '10s')
  const [one, two] = await Promise.all([
    bed.agent({ name: 'one', zone: 'a', server }),
    bed.agent({ name: 'two', zone: 'b', server }),
  ])
  const all = made.move()
  return {
    bed,
    server,
    one,
    two,
    client: clientOf(server),
    on: (history, name) => history.running().filter(({ spec }) => spec.containerInstance === bed.instance(name)).length,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}
