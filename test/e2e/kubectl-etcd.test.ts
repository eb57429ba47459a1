/** kubectl on `gantry server --store etcd`. */
import { launchBinary, startEtcd } from '../conformance/etcd-server.ts'
import { ClusterBed } from './cluster-bed.ts'
import { kubectlVerbs } from './kubectl-verbs.ts'

kubectlVerbs('gantry server --store etcd', async () => {
  const etcd = await startEtcd(launchBinary)
  const bed = await ClusterBed.make()
  const { kubeConfig } = await bed.server('one', etcd.endpoint)
  return {
    kubeConfig,
    async close() {
      await bed[Symbol.asyncDispose]()
      await etcd[Symbol.asyncDispose]()
    },
  }
})
