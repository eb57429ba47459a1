/** What a test run left behind: containers, networks, and processes that it started. */
import { readdir, readFile } from 'node:fs/promises'
import { listContainers, listNetworks } from './engine-api.ts'

/** Every process of a test run inherits this variable, with the run's own value. */
export const runVariable = 'GANTRY_TEST_RUN'

/** A container of a Gantry carries the name of its container instance. */
const instanceLabel = 'gantry.dev/container-instance'

export interface EngineState {
  readonly containers: ReadonlySet<string>
  /** Container instances that had containers: somebody's own Gantry, which may replace tasks meanwhile. */
  readonly instances: ReadonlySet<string>
  readonly networks: ReadonlySet<string>
}

/** What is in the engine now. */
export async function engineState(): Promise<EngineState> {
  const containers = await listContainers()
  return {
    containers: new Set(containers.map(({ Id }) => Id)),
    instances: new Set(containers.flatMap(({ Labels }) => Labels[instanceLabel] ?? [])),
    networks: new Set((await listNetworks()).map(({ Id }) => Id)),
  }
}

/** One line for each thing that is there now and was not in `before`, and for each process of `run`. */
export async function leftovers(before: EngineState, run: string): Promise<readonly string[]> {
  const containers = (await listContainers()).filter(
    ({ Id, Labels }) => !before.containers.has(Id) && !before.instances.has(Labels[instanceLabel] ?? ''),
  )
  const networks = (await listNetworks()).filter(({ Id }) => !before.networks.has(Id))
  return [
    ...containers.map(({ Id, Names, State, Labels }) =>
      `container ${Names[0] ?? Id} (${State}) ${Labels[instanceLabel] ?? ''}`.trimEnd(),
    ),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...(await processesOf(run)),
  ]
}

async function processesOf(run: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) continue
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    if (!environment.split('\0').includes(`${runVariable}=${run}`)) continue
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    found.push(`process ${pid}: ${command.replaceAll('\0', ' ').trim()}`)
  }
  return found
}
