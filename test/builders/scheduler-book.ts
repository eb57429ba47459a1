/** Books of the scheduler for tests: machines, tasks that wait or are bound, and what was decided about them. */
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import { type ContainerInstance, zoneAttribute } from '../../api/v1/container-instance.ts'
import type { PlacementConstraint, PlacementStrategy } from '../../api/v1/placement.ts'
import type { Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { ClusterBook } from '../../controllers/scheduler/books/cluster-book.ts'
import { type Action, plan } from '../../controllers/scheduler/plan.ts'
import { type KnownDefinition, type Refusal, seenOf } from '../../controllers/scheduler/state.ts'
import { seededRandom } from '../../lib/random.ts'
import { instant } from '../../lib/time.ts'
import { aContainer, aContainerInstance, aTask, aTaskDefinitionRevision, running } from './kinds.ts'

export const t0 = instant(Date.UTC(2026, 0, 1))

export interface Machine {
  readonly zone?: string
  readonly cpu?: number
  readonly memory?: number
  readonly ports?: number[]
  readonly status?: 'ACTIVE' | 'DRAINING'
  readonly connected?: boolean
  readonly attributes?: Readonly<Record<string, string>>
}

export const anInstance = (name: string, machine: Machine = {}): ContainerInstance => {
  const { zone, cpu = 2048, memory = 2048, ports = [22], attributes = {} } = machine
  const all = { ...attributes, ...(zone === undefined ? {} : { [zoneAttribute]: zone }) }
  return aContainerInstance({
    name,
    spec: { status: machine.status ?? 'ACTIVE' },
    status: {
      agentConnected: machine.connected ?? true,
      registeredResources: { cpu, memory, ports, portsUdp: [] },
      attributes: Object.entries(all).map(([key, value]) => ({ name: key, value })),
    },
  })
}

export const definition = (
  container: Partial<ContainerDefinition> = {},
  over: object = {},
  revision = 1,
): TaskDefinitionRevision =>
  aTaskDefinitionRevision({
    spec: { revision, taskDefinition: { containerDefinitions: [aContainer(container)], ...over } },
  })

/** Books of a cluster with these instances, tasks already there, and tasks that wait. */
export function aBook(
  instances: Readonly<Record<string, Machine>>,
  tasks: readonly Task[],
  revision: KnownDefinition = definition(),
): ClusterBook {
  const book = new ClusterBook()
  for (const [name, machine] of Object.entries(instances)) book.seeInstance(name, anInstance(name, machine))
  for (const task of tasks) book.seeTask(task.metadata.name, seenOf(task, revision))
  return book
}

export interface TaskOptions {
  readonly group?: string
  readonly at?: string
  readonly version?: string
  readonly constraints?: PlacementConstraint[]
  readonly strategy?: PlacementStrategy[]
}

export const aWaitingTask = (name: string, { group = 'service:web', ...over }: TaskOptions = {}): Task =>
  aTask({
    name,
    metadata: { creationTimestamp: over.at ?? '2026-01-01T00:00:00Z', resourceVersion: over.version ?? '1' },
    spec: {
      group,
      ...(over.constraints === undefined ? {} : { placementConstraints: over.constraints }),
      ...(over.strategy === undefined ? {} : { placementStrategy: over.strategy }),
    },
  })
export const waiting = (count: number, options: TaskOptions = {}): readonly Task[] =>
  Array.from({ length: count }, (_, n) => aWaitingTask(`web-1-${n}-1`, options))
export const bound = (name: string, instance: string, group = 'service:web', over: Partial<Task['spec']> = {}): Task =>
  aTask({ name, spec: { group, containerInstance: instance, ...over }, status: running })

/** `task -> instance` of each binding, in order. */
export const bindings = (actions: readonly Action[]): readonly string[] =>
  actions.flatMap((action) => (action.do === 'bind' ? [`${action.task} -> ${action.instance}`] : []))
export const targets = (actions: readonly Action[]): readonly string[] =>
  actions.flatMap((action) => (action.do === 'bind' ? [action.instance] : []))
export const refusal = (actions: readonly Action[]): Refusal | undefined =>
  actions.flatMap((action) => (action.do === 'explain' ? [action.refusal] : []))[0]
export const decide = (book: ClusterBook, seed = 1) => plan(book, t0, seededRandom(seed))
