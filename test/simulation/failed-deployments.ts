/** What became of services whose deployment failed: whether they were left with something that works. */
import type { Service } from '../../api/v1/service.ts'
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { isBad } from './definition-step.ts'
import { keyIn, type Model } from './history.ts'

const belongsTo = (object: ServiceDeployment | ServiceRevision, service: Service): boolean =>
  object.metadata.ownerReferences?.[0]?.uid === service.metadata.uid

/** The newest deployment of a service. */
export const newestDeployment = (service: Service, model: Model): ServiceDeployment | undefined =>
  [...model.all<ServiceDeployment>('ServiceDeployment')]
    .filter((one) => belongsTo(one, service))
    .sort((a, b) => a.spec.deployment - b.spec.deployment)
    .at(-1)

/** The revision that a failed deployment closed: it gets no more tasks. */
const closed = ({ spec, status }: ServiceDeployment): string | undefined =>
  status?.status === 'STOPPED' && status.deploymentCircuitBreaker?.status === 'TRIGGERED'
    ? spec.targetServiceRevision
    : undefined

/** Whether a user or a hook ended it where it was. */
const left = ({ status }: ServiceDeployment): boolean => status?.status === 'STOPPED' && status.held !== undefined

/** Whether the newest deployment failed or was ended by a user, with or without a way back. */
export function endedBadly(service: Service, model: Model): boolean {
  const newest = newestDeployment(service, model)
  if (newest === undefined) return false
  return closed(newest) !== undefined || left(newest) || newest.status?.status?.startsWith('ROLLBACK_') === true
}

/** Whether it failed, and everything that still gets tasks works: then nothing needs to be done. */
export function rests(service: Service, model: Model): boolean {
  const newest = newestDeployment(service, model)
  if (newest === undefined || !endedBadly(service, model) || newest.status?.status === 'ROLLBACK_FAILED') return false
  const goesTo = newest.status?.rollback?.serviceRevision
  return [...model.all<ServiceRevision>('ServiceRevision')]
    .filter((one) => belongsTo(one, service) && one.metadata.name !== closed(newest))
    .filter(({ metadata, spec }) => (goesTo === undefined ? spec.desiredCount > 0 : metadata.name === goesTo))
    .every(({ spec }) => works(model.get<TaskDefinitionRevision>('TaskDefinitionRevision', spec.taskDefinition)))
}

const works = (definition: TaskDefinitionRevision | undefined): boolean =>
  !isBad(
    definition?.spec.taskDefinition.containerDefinitions[0]?.environment?.find(({ name }) => name === 'GANTRY_FAKE')
      ?.value ?? '',
  )

/** What a service that rests after a failure still lacks. */
export function* missingAfterFailure(service: Service, model: Model): Iterable<string> {
  const key = keyIn(service)
  const newest = newestDeployment(service, model)
  const stalled = service.status?.conditions?.find(({ type }) => type === 'Stalled')
  if (newest?.status?.finishedAt === undefined) yield `service ${key}: its way back has not ended`
  if (stalled?.status !== 'True') yield `service ${key}: a failed deployment, and it is not Stalled`
  if (service.status?.rolloutState === 'IN_PROGRESS') yield `service ${key}: rollout is IN_PROGRESS`
}

/** Deployments of the service that nobody ended, the newest among them. */
export function* endless(service: Service, model: Model): Iterable<string> {
  for (const deployment of model.all<ServiceDeployment>('ServiceDeployment'))
    if (belongsTo(deployment, service) && deployment.status?.finishedAt === undefined)
      yield `deployment ${keyIn(deployment)} is ${deployment.status?.status} and never ended`
}
