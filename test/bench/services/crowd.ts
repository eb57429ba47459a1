/** A control plane and many agents on simulated machines, in one process, on a clock that moves only when told to. */
import type { ResourceClient } from '../../../api/client/client.ts'
import { directClient } from '../../../api/client/direct.ts'
import { everything } from '../../../api/registry/keys.ts'
import { openRegistry } from '../../../api/registry/registry.ts'
import { allKinds } from '../../../api/v1/kinds.ts'
import { allControllers } from '../../../cmd/control-plane.ts'
import { keepLeading } from '../../../cmd/lead.ts'
import { runAgent } from '../../../controllers/agent/agent.ts'
import { fakeEngine } from '../../../controllers/agent/engine/fake.ts'
import { silentLogger } from '../../../lib/log.ts'
import { seededRandom } from '../../../lib/random.ts'
import type { Millis } from '../../../lib/time.ts'
import { VirtualClock } from '../../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../../store/memory/memory-store.ts'
import { revision, type Store } from '../../../store/store.ts'

/** What a stretch of time cost. */
export interface Work {
  /** Of objects other than Leases. */
  readonly writes: number
  /** Heartbeats, and whatever else is told by a Lease. */
  readonly leaseWrites: number
  /** CPU time of the process, in ms: API, controllers, agents and machines. */
  readonly cpu: number
}

export interface Crowd {
  readonly client: ResourceClient
  /** Does it, and lets so much time pass. */
  pass(time: Millis, work?: () => Promise<unknown>): Promise<Work>
  close(): Promise<void>
}

/** Starts `instances` machines with plenty of room. */
export async function openCrowd(instances: number): Promise<Crowd> {
  const clock = new VirtualClock()
  const random = seededRandom(1)
  const end = new AbortController()
  const log = silentLogger
  const store = await openMemoryStore({ clock })
  const counts = { writes: 0, leaseWrites: 0 }
  const counting = count(store, counts, end.signal)
  const registry = await openRegistry({ clock, random, log, store, kinds: allKinds }, end.signal)
  const client = directClient(registry)
  const running = [
    keepLeading(
      {
        client,
        clock,
        random,
        log,
        identity: 'bench',
        component: 'gantry-controllers',
        leaderElection: { namespace: 'gantry-system', name: 'controllers' },
        make: (deps) => allControllers(deps),
      },
      end.signal,
    ),
    ...Array.from({ length: instances }, (_, i) =>
      runAgent(
        {
          client,
          engine: fakeEngine({ clock, images: ['app:1'] }),
          clock,
          random: seededRandom(i + 2),
          log,
          options: { cluster: 'default', name: `i-${i}`, cpu: 1_000_000, memory: 1_000_000, concurrency: 64 },
        },
        end.signal,
      ),
    ),
  ]

  return {
    client,
    async pass(time, work = async () => undefined) {
      const before = { ...counts, cpu: process.cpuUsage() }
      await work()
      await clock.advance(time)
      const { user, system } = process.cpuUsage(before.cpu)
      return {
        writes: counts.writes - before.writes,
        leaseWrites: counts.leaseWrites - before.leaseWrites,
        cpu: (user + system) / 1000,
      }
    },
    async close() {
      end.abort(new Error('measured'))
      await Promise.allSettled([...running, counting])
      await store.close()
    },
  }
}

async function count(
  store: Store,
  counts: { writes: number; leaseWrites: number },
  signal: AbortSignal,
): Promise<void> {
  for await (const { events } of store.watch({ prefix: everything, after: revision(0) }, signal)) {
    for (const event of events) {
      const key = event.type === 'put' ? event.kv.key : event.key
      if (key.includes('/leases/')) counts.leaseWrites += 1
      else counts.writes += 1
    }
  }
}
