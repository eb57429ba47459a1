/** kubectl on `gantry up`. */
import { Gantry } from './cli-gantry.ts'
import { kubectlVerbs } from './kubectl-verbs.ts'

kubectlVerbs('gantry up', async () => {
  const gantry = await Gantry.up()
  return { kubeConfig: gantry.kubeConfig, close: () => gantry[Symbol.asyncDispose]() }
})
