import { afterAll, beforeAll } from 'vitest'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { millis } from '../../lib/time.ts'
import { openEtcdStore } from '../../store/etcd/etcd-store.ts'
import { containerLauncher } from './etcd-container.ts'
import { type EtcdServer, startEtcd } from './etcd-server.ts'
import { storeConformance } from './store.ts'

let server: EtcdServer
beforeAll(async () => {
  server = await startEtcd(await containerLauncher())
})
afterAll(() => server[Symbol.asyncDispose]())

const open = () =>
  openEtcdStore({ endpoints: [server.endpoint], clock: systemClock, random: systemRandom, log: silentLogger })

storeConformance('etcd in a container', { open, leaseTtl: millis(1000) }, { cannot: {} })
