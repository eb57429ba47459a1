/** From flags to what the agent is told. */
import type { AgentOptions } from '../controllers/agent/agent.ts'
import type { ListenAddress } from '../lib/listening.ts'
import type { InstanceFlags } from './options.ts'
import { packageVersion } from './package-version.ts'

interface LogAccess {
  readonly listen: ListenAddress
  /** PEM; without it nobody can be let in, and logs are not served. */
  readonly clientCa: string | undefined
}

export const agentOptions = (flags: InstanceFlags, name: string, { listen, clientCa }: LogAccess): AgentOptions => ({
  name,
  cluster: flags.cluster,
  ...(flags.zone === undefined ? {} : { zone: flags.zone }),
  ...(flags.cpu === undefined ? {} : { cpu: flags.cpu }),
  ...(flags.memory === undefined ? {} : { memory: flags.memory }),
  attributes: flags.attribute,
  ...(flags.taskCleanupWait === undefined ? {} : { taskCleanupWait: flags.taskCleanupWait }),
  ...(clientCa === undefined ? {} : { listen, clientCa }),
  version: packageVersion(),
})
