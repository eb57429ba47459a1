/** The availability zones that take tasks of a service, and for how many more each has room. */
import { type ContainerInstance, zoneOfInstance } from '../../../api/v1/container-instance.ts'
import { type DaemonConstraint, daemonInstances } from '../../../api/v1/daemon-instances.ts'
import type { Demand } from '../../../api/v1/demand.ts'

export interface Zone {
  readonly name: string
  /** Further tasks that fit there, as last reported. */
  readonly room: number
}

export interface ZoneFacts {
  /** All of the namespace. */
  readonly instances: readonly ContainerInstance[]
  /** Of the service and of its task definition. */
  readonly constraints: readonly DaemonConstraint[]
  readonly demand: Demand
  /** Whether a task of the service runs or starts there. */
  isOccupied(instance: string): boolean
}

const fits = (free: number, wanted: number): number =>
  wanted <= 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor(free / wanted))

/** Further tasks that one instance has room for. */
function roomOn({ metadata, status }: ContainerInstance, { constraints, demand, isOccupied }: ZoneFacts): number {
  const free = status?.remainingResources
  if (free === undefined) return 0
  const { ports, portsUdp } = demand
  const isTaken =
    ports.some((port) => free.ports.includes(port)) || portsUdp.some((port) => free.portsUdp.includes(port))
  const isDistinct = constraints.some(({ type }) => type === 'distinctInstance')
  if (isTaken || (isDistinct && isOccupied(metadata.name))) return 0
  const isOne = isDistinct || ports.length + portsUdp.length > 0
  return Math.min(isOne ? 1 : Number.POSITIVE_INFINITY, fits(free.cpu, demand.cpu), fits(free.memory, demand.memory))
}

/** By name. Those of connected ACTIVE instances that fulfil the constraints and say in which zone they are. */
export function zonesOf(facts: ZoneFacts): readonly Zone[] {
  const zoned = facts.instances.flatMap((instance) => {
    const zone = zoneOfInstance(instance)
    // what cannot be quoted cannot be asked for
    return zone === undefined || zone.includes('"') ? [] : [{ zone, instance }]
  })
  if (new Set(zoned.map(({ zone }) => zone)).size < 2) return []
  const taking = new Set(
    daemonInstances(
      zoned.map(({ instance }) => instance),
      () => false,
      facts.constraints,
    ),
  )
  const room = new Map<string, number>()
  for (const { zone, instance } of zoned)
    if (taking.has(instance.metadata.name)) room.set(zone, (room.get(zone) ?? 0) + roomOn(instance, facts))
  return [...room].map(([name, most]) => ({ name, room: most })).sort((a, b) => (a.name < b.name ? -1 : 1))
}
