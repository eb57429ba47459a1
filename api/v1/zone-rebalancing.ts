/** Which services even out their availability zones (ecs-core 5.9). */
import { zoneAttribute } from './container-instance.ts'
import type { ServiceSpec } from './service-spec.ts'

const zoneField = `attribute:${zoneAttribute}`

interface Constraint {
  readonly expression?: string | undefined
}

/** Whether a placement constraint reads the attribute that holds the zone. */
const readsZone = ({ expression = '' }: Constraint): boolean => expression.includes(zoneField)

type Parts = Pick<
  ServiceSpec,
  'placementStrategy' | 'placementConstraints' | 'deploymentConfiguration' | 'loadBalancers'
>

/** Why ECS refuses ENABLED for a REPLICA service on container instances; empty: it takes it. */
export function rebalancingObstacles(spec: Parts): readonly string[] {
  const [first] = spec.placementStrategy ?? []
  const byZone = first === undefined || (first.type === 'spread' && first.field === zoneField)
  const obstacles: readonly (readonly [boolean, string])[] = [
    [!byZone, `the first placement strategy must be spread by ${zoneField}`],
    [(spec.deploymentConfiguration?.maximumPercent ?? 200) <= 100, 'not with maximumPercent 100'],
    [(spec.loadBalancers ?? []).some((one) => (one.loadBalancerName ?? '') !== ''), 'not with a classic load balancer'],
    [(spec.placementConstraints ?? []).some(readsZone), `not with a placement constraint by ${zoneField}`],
  ]
  return obstacles.flatMap(([stands, why]) => (stands ? [why] : []))
}

/**
 * Whether a service evens out its zones: ENABLED, or not said, as ECS takes it for a new service, and nothing in the way.
 * `ofDefinition`: the placement constraints of its task definition.
 */
export const evensOutZones = (
  spec: Parts & Pick<ServiceSpec, 'availabilityZoneRebalancing' | 'schedulingStrategy' | 'launchType'>,
  ofDefinition: readonly Constraint[] = [],
): boolean =>
  spec.availabilityZoneRebalancing !== 'DISABLED' &&
  spec.schedulingStrategy !== 'DAEMON' &&
  spec.launchType !== 'EXTERNAL' &&
  rebalancingObstacles(spec).length === 0 &&
  !ofDefinition.some(readsZone)
