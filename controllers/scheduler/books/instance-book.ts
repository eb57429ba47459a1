/** What one instance has, and what the tasks bound to it reserve of it. */
import type { QueriedInstance } from '../../../api/v1/cluster-query.ts'
import type { ContainerInstance } from '../../../api/v1/container-instance.ts'
import { notPlaceable } from '../../../api/v1/placeable.ts'
import type { Bound } from '../state.ts'

/** An instance's side of the books; also what the cluster query language asks about. */
export class InstanceBook implements QueriedInstance {
  readonly name: string
  /** Why it takes no tasks, if so. */
  notPlaceable: string | undefined = 'not registered'
  draining = false
  cpu = 0
  memory = 0
  attributes: ReadonlyMap<string, string> = new Map()
  agentConnected = false
  agentVersion = ''
  registeredAt = ''
  /** The ContainerInstance these facts are from, in one text to compare by; undefined when there is none. */
  facts: string | undefined
  reservedCpu = 0
  reservedMemory = 0
  runningTasksCount = 0
  readonly #reservedPorts = { tcp: new Set<number>(), udp: new Set<number>() }
  readonly #heldPorts = { tcp: new Map<number, number>(), udp: new Map<number, number>() }
  readonly #groups = new Map<string, number>()

  constructor(name: string) {
    this.name = name
  }

  get ec2InstanceId(): string {
    return this.name
  }
  get taskGroups(): readonly string[] {
    return [...this.#groups.keys()]
  }
  get freeCpu(): number {
    return this.cpu - this.reservedCpu
  }
  get freeMemory(): number {
    return this.memory - this.reservedMemory
  }
  /** Tasks of a group that count here. */
  tasksOf(group: string): number {
    return this.#groups.get(group) ?? 0
  }
  isPortTaken(protocol: 'tcp' | 'udp', port: number): boolean {
    return this.#reservedPorts[protocol].has(port) || this.#heldPorts[protocol].has(port)
  }

  /** Takes over what the ContainerInstance says. False when it says nothing new. */
  learn(instance: ContainerInstance | undefined): boolean {
    const { spec, status, metadata } = instance ?? {}
    const registered = status?.registeredResources
    const attributes = [...(status?.attributes ?? []), ...(spec?.attributes ?? [])]
    const reason = instance === undefined ? 'not registered' : notPlaceable(instance)
    const agentVersion = status?.versionInfo?.agentVersion ?? ''
    const facts =
      instance === undefined
        ? undefined
        : JSON.stringify([metadata?.uid, registered, attributes, reason, agentVersion, status?.registeredAt])
    if (facts === this.facts) return false
    this.facts = facts
    this.notPlaceable = reason
    this.draining = spec?.status === 'DRAINING'
    this.cpu = registered?.cpu ?? 0
    this.memory = registered?.memory ?? 0
    this.attributes = new Map(attributes.map(({ name, value }) => [name, value ?? '']))
    this.agentConnected = status?.agentConnected ?? false
    this.agentVersion = agentVersion
    this.registeredAt = status?.registeredAt ?? ''
    this.#reservedPorts.tcp = new Set(registered?.ports)
    this.#reservedPorts.udp = new Set(registered?.portsUdp)
    return true
  }

  /** Books a task's reservation (`sign` 1) or takes it back (-1). */
  book({ group, demand }: Pick<Bound, 'group' | 'demand'>, sign: 1 | -1): void {
    this.reservedCpu += sign * demand.cpu
    this.reservedMemory += sign * demand.memory
    this.runningTasksCount += sign
    count(this.#groups, group, sign)
    for (const port of demand.ports) count(this.#heldPorts.tcp, port, sign)
    for (const port of demand.portsUdp) count(this.#heldPorts.udp, port, sign)
  }
}

function count<K>(counts: Map<K, number>, key: K, by: 1 | -1): void {
  const now = (counts.get(key) ?? 0) + by
  if (now === 0) counts.delete(key)
  else counts.set(key, now)
}
