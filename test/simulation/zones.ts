/** Availability zones in a simulation: who is in which, whole zones that go and come back, and services that do not want to be moved. */
import { Service } from '../../api/v1/service.ts'
import { type Random, randomBelow } from '../../lib/random.ts'
import { type Millis, millis } from '../../lib/time.ts'
import type { SimFault, Timed } from './faults.ts'
import { pick } from './pick.ts'
import { cluster, type World } from './world.ts'
import { zoneOf } from './zone-of.ts'

/** Says whether a service is to even out its zones; `null`: says no more. */
export interface ZoneStep {
  readonly step: 'rebalancing'
  readonly service: string
  readonly value: 'ENABLED' | 'DISABLED' | null
}

export interface ZonePlan {
  readonly seed: number
  readonly instances: readonly string[]
  readonly within: Millis
}

const signal = new AbortController().signal
const services = ['shop', 'api', 'jobs']

/** A zone is away for long enough to be lost, mostly. */
export function zoneTroubleFrom(random: Random, { seed, instances, within }: ZonePlan) {
  const zones = [...new Set(instances.flatMap((_, n) => zoneOf(seed, n) ?? []))]
  if (zones.length === 0) return { steps: [], faults: [] }
  const at = (): Millis => millis(5000 + randomBelow(random, within - 5000))
  const steps: Timed<ZoneStep>[] = Array.from({ length: randomBelow(random, 4) }, () => ({
    at: at(),
    what: { step: 'rebalancing', service: pick(random, services), value: pick(random, ['ENABLED', 'DISABLED', null]) },
  }))
  const faults = Array.from({ length: 1 + randomBelow(random, 2) }).flatMap((): Timed<SimFault>[] => {
    const [zone, begins] = [pick(random, zones), at()]
    const downFor = millis(15_000 + randomBelow(random, 90_000))
    const how = pick(random, ['wipe', 'powerCut'] as const)
    return instances
      .filter((_, n) => zoneOf(seed, n) === zone)
      .map((instance) => ({ at: begins, what: { fault: 'instanceDies', instance, how, downFor } }))
  })
  return { steps, faults }
}

export async function performZone({ user }: World, { service, value }: ZoneStep): Promise<void> {
  const body = { spec: { availabilityZoneRebalancing: value } }
  await user.patch(Service, { namespace: cluster, name: service }, { type: 'merge', body }, signal)
}
