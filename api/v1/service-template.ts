/** What makes a deployment of a service: two revisions with one template would run the same. */
import { canonicalJson, digest } from '../../lib/canonical.ts'
import type { Service } from './service.ts'
import { forceNewDeploymentAnnotation } from './well-known.ts'

/** ecs-core 5.4: a change of any of these, besides the task definition revision, makes a new deployment. */
const deploying: ReadonlySet<string> = new Set([
  'networkConfiguration',
  'platformVersion',
  'loadBalancers',
  'serviceRegistries',
  'serviceConnectConfiguration',
  'volumeConfigurations',
  'vpcLatticeConfigurations',
])

/** Digest of what `service` would run with the TaskDefinitionRevision called `taskDefinition`. */
export function templateHash(service: Service, taskDefinition: string): string {
  const members = Object.fromEntries(Object.entries(service.spec).filter(([name]) => deploying.has(name)))
  const force = service.metadata.annotations?.[forceNewDeploymentAnnotation]
  return digest(canonicalJson({ ...members, taskDefinition, force }))
}
