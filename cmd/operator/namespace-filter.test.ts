import { describe, expect, it } from 'vitest'
import type { Kind } from '../../api/meta/kind.ts'
import { Cluster } from '../../api/v1/cluster.ts'
import { namespaceProblem } from '../../api/v1/cluster-namespace.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Event, Lease, Namespace } from '../../api/v1/core.ts'
import { Task } from '../../api/v1/task.ts'
import { TaskDefinition } from '../../api/v1/task-definition.ts'
import { instanceController } from '../../controllers/instance/controller.ts'
import { runControllers } from '../../controllers/runtime/run.ts'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { Scope } from '../../lib/scope.ts'
import { microTimestamp, seconds } from '../../lib/time.ts'
import { aCluster, aContainerInstance } from '../../test/builders/kinds.ts'
import { build } from '../../test/builders/object.ts'
import { calm } from '../../test/builders/run-controller.ts'
import { openClient } from '../../test/builders/test-client.ts'
import { selectionOf } from './namespace-filter.ts'

const inside = [{ namespace: 'a' }, { namespace: 'b' }]
const named = [{ fieldSelector: 'metadata.name=a' }, { fieldSelector: 'metadata.name=b' }]

describe('of some clusters', () => {
  it.each([
    { kind: Task, want: inside },
    { kind: Lease, want: inside },
    { kind: Event, want: inside },
    { kind: Cluster, want: named },
    { kind: Namespace, want: named },
    { kind: TaskDefinition, want: undefined },
  ])('$kind.plural', ({ kind, want }) => {
    expect(selectionOf(['a', 'b'])(kind as unknown as Kind)).toEqual(want)
  })
})

describe('of all clusters', () => {
  const [leases] = selectionOf(undefined)(Lease as unknown as Kind) ?? []
  const leftOut = leases?.fieldSelector?.split(',').map((term) => term.replace('metadata.namespace!=', '')) ?? []

  it('all of every kind, but of Leases those only that can be heartbeats', () => {
    expect(selectionOf(undefined)(Task as unknown as Kind)).toBeUndefined()
    expect(leftOut).toContain('kube-node-lease')
  })

  it.each(leftOut)('in %s no cluster can be', (name) => {
    expect(namespaceProblem(aCluster({ name }), undefined)?.message).toContain('belongs to the system')
  })

  it('a heartbeat counts whatever it is labelled, and what others renew beside it is not heard', async () => {
    const lease = (namespace: string, name: string) => {
      const spec = { leaseDurationSeconds: 15, renewTime: microTimestamp(client.clock.now()) }
      return build(Lease, { name, spec }, { namespace })
    }
    const client = await openClient([aContainerInstance({ name: 'one' })], {
      namespaces: ['default', 'gantry-system', 'kube-node-lease'],
    })
    const { clock } = client
    const heard: string[] = []
    const parts = { client, clock, random: seededRandom(1), log: silentLogger, identity: 'a', component: 'test' }
    await using scope = new Scope(new AbortController().signal)
    scope.go('controllers', (signal) =>
      runControllers(
        {
          ...parts,
          selectionsOf: selectionOf(undefined),
          make: (d) => {
            const controller = instanceController(d)
            const watches = controller.watches.map((watch) => ({
              ...watch,
              keysOf: (...given: Parameters<typeof watch.keysOf>) => {
                if (watch.kind.kind === Lease.kind) heard.push(given[0].metadata.namespace ?? '')
                return watch.keysOf(...given)
              },
            }))
            return [{ ...controller, watches }]
          },
        },
        signal,
      ),
    )
    for (let beat = 0; beat < 12; beat++) {
      await client.put(lease('default', 'container-instance-one'))
      await client.put(lease('kube-node-lease', 'node'))
      await client.put(lease('gantry-system', 'gantry-operator'))
      await calm(client)
      await clock.advance(seconds(5))
    }
    const [condition] = client.all(ContainerInstance)[0]?.status?.conditions ?? []
    expect(condition).toMatchObject({ status: 'True', reason: 'HeartbeatFresh' })
    expect(new Set(heard)).toEqual(new Set(['default']))
  })
})
