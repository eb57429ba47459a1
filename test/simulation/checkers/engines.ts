/** What must be true of the machines: one container per task and container name over all, one owner per host port. */
import type { ContainerState } from '../../../controllers/agent/engine/engine.ts'

const taskLabel = 'com.amazonaws.ecs.task-arn'
const containerLabel = 'com.amazonaws.ecs.container-name'

export type Machines = Iterable<readonly [name: string, containers: readonly ContainerState[]]>

/** What is wrong, if anything. */
export function checkEngines(machines: Machines): string | undefined {
  const places = new Map<string, string>()
  for (const [machine, containers] of machines) {
    const ports = new Map<string, string>()
    for (const { id, labels, status, ports: published } of containers) {
      const owner = `${labels[containerLabel]} of ${labels[taskLabel]}`
      const place = `${machine}/${id}`
      const other = places.get(owner)
      if (other !== undefined) return `container ${owner} exists twice: ${other} and ${place}`
      places.set(owner, place)
      for (const { hostPort, protocol } of status === 'running' ? published : []) {
        const port = `${hostPort}/${protocol}`
        const holder = ports.get(port)
        if (holder !== undefined && holder !== id) return `${machine}: port ${port} is held by ${holder} and ${id}`
        ports.set(port, id)
      }
    }
  }
  return undefined
}
