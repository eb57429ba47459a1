/** What holds a task definition revision: the services, schedules, deployments and tasks that would miss it. */
import { controllerOf, keyText, type Resource } from '../../../api/meta/object.ts'
import type { ScheduledTask } from '../../../api/v1/scheduled-task.ts'
import type { Service } from '../../../api/v1/service.ts'
import { isFinished, revisionInForce, type ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import { serviceOfRevision } from '../../../api/v1/service-names.ts'
import { ServiceRevision } from '../../../api/v1/service-revision.ts'
import { isStopped, type Task } from '../../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../../api/v1/task-definition.ts'

/** Where to look for what refers to a revision. */
export interface References {
  /** Services that name this very revision. */
  pinned(revision: TaskDefinitionRevision): readonly Service[]
  /** Scheduled tasks that name it, or have a run of it under way. */
  schedules(revision: TaskDefinitionRevision): readonly ScheduledTask[]
  serviceRevisions(revision: TaskDefinitionRevision): readonly ServiceRevision[]
  /** Those of the service of a service revision. */
  deployments(of: ServiceRevision): readonly ServiceDeployment[]
  tasks(revision: TaskDefinitionRevision): readonly Task[]
}

const named = (word: string, { metadata: { namespace = '', name } }: Pick<Resource, 'metadata'>): string =>
  `${word} ${keyText({ namespace, name })}`

/** What of its service needs the service revision, tasks aside: what is in force, or a rollout to it, from it, or maybe back to it. */
function inForce(revision: ServiceRevision, deployments: readonly ServiceDeployment[]): string | undefined {
  const newestFirst = deployments.toSorted((a, b) => b.spec.deployment - a.spec.deployment)
  const [newest] = newestFirst
  if (newest === undefined) return undefined
  const { name } = revision.metadata
  if (isFinished(newest)) return revisionInForce(newest) === name ? named('service', serviceIn(revision)) : undefined
  const { targetServiceRevision: target, sourceServiceRevisions } = newest.spec
  const good = newestFirst.find(
    ({ spec, status }) => status?.status === 'SUCCESSFUL' && spec.targetServiceRevision !== target,
  )
  const needed = [target, ...sourceServiceRevisions, good?.spec.targetServiceRevision]
  return needed.includes(name) ? named('deployment', newest) : undefined
}

const serviceIn = ({ metadata, spec }: ServiceRevision) => ({ metadata: { ...metadata, name: spec.service } })

function holderOf(task: Task): string {
  const owner = controllerOf(task)
  if (owner?.kind !== ServiceRevision.kind) return named('task', task)
  return named('service', { metadata: { ...task.metadata, name: serviceOfRevision(owner.name) } })
}

/**
 * What would miss the revision, in order: `service default/web`, `deployment default/web-d2`, `task default/job`. A service's past
 * does not hold it: nothing new may be made of a revision that is to go.
 */
export function holdersOf(revision: TaskDefinitionRevision, references: References): readonly string[] {
  const holders = new Set([
    ...references.pinned(revision).map((service) => named('service', service)),
    ...references.schedules(revision).map((schedule) => named('scheduled task', schedule)),
  ])
  for (const one of references.serviceRevisions(revision)) {
    if (one.spec.desiredCount > 0) holders.add(named('service', serviceIn(one)))
    const holder = inForce(one, references.deployments(one))
    if (holder !== undefined) holders.add(holder)
  }
  for (const task of references.tasks(revision)) if (!isStopped(task)) holders.add(holderOf(task))
  return [...holders].sort()
}

/** Whether anything refers to the revision, be it the past of a service or a task that stopped: then it is kept. */
export const isReferenced = (revision: TaskDefinitionRevision, references: References): boolean =>
  references.serviceRevisions(revision).length > 0 ||
  references.pinned(revision).length > 0 ||
  references.schedules(revision).length > 0 ||
  references.tasks(revision).length > 0

/** The holders as a text of bounded length. */
export function holdersText(holders: readonly string[]): string {
  const shown = holders.slice(0, 5)
  const more = holders.length - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
