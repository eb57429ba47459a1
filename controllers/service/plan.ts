/** Decides the next steps for one service: its revision and deployment, its tasks, its status and what is worth telling. */
import { isDeleting } from '../../api/meta/object.ts'
import type { Service, ServiceStatus } from '../../api/v1/service.ts'
import { deploymentId, serviceDeploymentName, serviceRevisionName } from '../../api/v1/service-names.ts'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import { templateHash } from '../../api/v1/service-template.ts'
import { stopReasons } from '../../api/v1/stop-reasons.ts'
import { drainFinalizer } from '../../api/v1/well-known.ts'
import { isEqual } from '../../lib/equal.ts'
import { earliest, type Instant } from '../../lib/time.ts'
import type { ServiceState } from './state.ts'
import { converge, type Stop } from './strategies/converge.ts'
import { leavingOf, withHolder } from './strategies/leaving.ts'
import { type News, newsOf } from './strategies/news.ts'
import type { Ask } from './strategies/prefetch.ts'
import { rebalance } from './strategies/rebalance.ts'
import { type Start, surplusStarts } from './strategies/starts.ts'
import { type RevisionStatus, revisionStatus, serviceStatus, verdictOf } from './strategies/status.ts'
import { zoneNews } from './strategies/zone-news.ts'

/** Steps that come before tasks, one after another. */
export type Structural =
  | { readonly do: 'setFinalizers'; readonly service: Service; readonly finalizers: readonly string[] }
  | {
      readonly do: 'createRevision'
      readonly service: Service
      readonly name: string
      readonly spec: ServiceRevision['spec']
    }
  | {
      readonly do: 'createDeployment'
      readonly service: Service
      readonly name: string
      readonly number: number
      readonly target: string
      readonly sources: readonly string[]
    }
  /** It was deleted, and nothing needs it any more. */
  | { readonly do: 'releaseRevision'; readonly revision: ServiceRevision }

export interface Plan {
  readonly structure: readonly Structural[]
  readonly starts: readonly Start[]
  readonly stops: readonly Stop[]
  /** What instances are to pull ahead. */
  readonly asks: readonly Ask[]
  readonly status: ServiceStatus
  /** The status differs from the one that the service has. */
  readonly changed: boolean
  /** The status differs in more than counts: not to be delayed. */
  readonly urgent: boolean
  readonly revisionStatuses: readonly {
    readonly revision: ServiceRevision
    readonly status: RevisionStatus
    /**
     * It numbers attempts, or says what tags stand for: to be written before tasks are started. A creation may come late, after
     * who sent it and the tasks that it was decided from are gone; who decides then must come to the same.
     */
    readonly isFirst: boolean
  }[]
  /** The status says what is begun: to be written before tasks are started. */
  readonly isStatusFirst: boolean
  readonly events: News['events']
  readonly repeated: News['repeated']
  readonly wakeAt: Instant | undefined
}

const finalizersOf = (service: Service): readonly string[] => service.metadata.finalizers ?? []

/** The revision and the deployment that are missing for what the service should run. */
function structureOf(state: ServiceState): readonly Structural[] {
  const { service, resolution, revisions, asked, target, deployment } = state
  const steps: Structural[] = []
  if (!finalizersOf(service).includes(drainFinalizer))
    steps.push({ do: 'setFinalizers', service, finalizers: [...finalizersOf(service), drainFinalizer] })
  if (resolution.is !== 'found') return steps
  const taskDefinition = resolution.definition.metadata.name
  const hash = templateHash(service, taskDefinition)
  const same = revisions.findLast(({ revision }) => revision.spec.templateHash === hash && !isDeleting(revision))
  const name = same?.revision.metadata.name ?? serviceRevisionName(service.metadata.name, state.nextRevision)
  if (same === undefined) {
    const number = { service: service.metadata.name, revision: state.nextRevision }
    steps.push({
      do: 'createRevision',
      service,
      name,
      spec: { ...number, taskDefinition, templateHash: hash, desiredCount: 0 },
    })
  }
  if (deployment === undefined || target === undefined || asked === undefined || asked !== same) {
    const sources = revisions.filter((one) => one !== same && one.active > 0).map((one) => one.revision.metadata.name)
    const number = state.nextDeployment
    const deploymentName = serviceDeploymentName(service.metadata.name, number)
    steps.push({ do: 'createDeployment', service, name: deploymentName, number, target: name, sources })
  }
  return steps
}

/** Deletion: every task is told to stop; when the last is STOPPED, the service may go (ecs-core 5.10). */
function drain(state: ServiceState): Pick<Plan, 'structure' | 'starts' | 'stops'> {
  const { service, revisions } = state
  const reason = stopReasons.scaling(deploymentId(state.deployment?.metadata.name ?? ''))
  const stops = revisions.flatMap(({ live }) =>
    live.map(({ task, phase }): Stop => ({ do: 'stop', task, wasRunning: phase === 'running', reason })),
  )
  const gone = revisions.every(({ active }) => active === 0)
  const finalizers = finalizersOf(service).filter((name) => name !== drainFinalizer)
  const release = gone && finalizers.length < finalizersOf(service).length
  return { structure: release ? [{ do: 'setFinalizers', service, finalizers }] : [], starts: [], stops }
}

const withoutCounts = ({ runningCount, pendingCount, stoppingCount, conditions, ...rest }: ServiceStatus): unknown => ({
  ...rest,
  conditions: conditions?.map(({ message, ...condition }) => condition),
})

/** Whether it has no task but those that it wants, not even one that is stopping. */
const isAlone = ({ revisions, desired }: ServiceState): boolean =>
  revisions.reduce((sum, { active }) => sum + active, 0) === desired

/** `before`: when this process looked at the service last, if it did. */
export function plan(state: ServiceState, now: Instant, before?: Instant): Plan {
  const { service } = state
  const deleting = isDeleting(service)
  const { structure: wanted, ...next } = deleting
    ? { ...drain(state), held: [], isRebalancing: false, wakeAt: undefined }
    : { structure: structureOf(state), ...converge(state, now) }
  const { stops, held, isRebalancing, wakeAt } = next
  const allowed = service.spec.paused === true ? wanted.filter((step) => step.do === 'setFinalizers') : wanted
  const structure = [
    ...allowed,
    ...leavingOf(state).map((revision): Structural => ({ do: 'releaseRevision', revision })),
  ]
  const { asks } = state.prefetch
  const tasksChange = next.starts.length + stops.length > 0 || wakeAt !== undefined
  const unfinished = allowed.length + asks.length > 0 || (tasksChange && !isRebalancing)
  const isAskedAnew = wanted.some((step) => step.do === 'createDeployment')
  const verdict = verdictOf(state, { unfinished, isAskedAnew, held, isRebalancing })
  const rests = verdict.is === 'steady' && !tasksChange && service.spec.paused !== true
  const zones = rebalance(state, rests && isAlone(state), now)
  const starts = [
    ...next.starts,
    ...(state.target === undefined ? [] : surplusStarts(state, state.target, zones.starts)),
  ]
  const status = serviceStatus(state, verdict, zones.status, now)
  const { repeatAt, ...news } = newsOf(state, verdict, held, now, before)
  const changed = (old: unknown, next: unknown): boolean => !isEqual(old ?? {}, next)
  return {
    structure,
    starts,
    stops,
    asks,
    status,
    changed: changed(service.status, status),
    urgent: changed(withoutCounts(service.status ?? {}), withoutCounts(status)),
    revisionStatuses: state.revisions.flatMap((one) => {
      const { revision } = one
      const own = starts.filter((start) => start.revision === revision)
      const next = withHolder(revisionStatus(state, one, own), state, one, now)
      const { attempts, containerImages } = revision.status ?? {}
      const isFirst = !isEqual(attempts, next.attempts) || !isEqual(containerImages, next.containerImages)
      return changed(revision.status, next) ? [{ revision, status: next, isFirst }] : []
    }),
    isStatusFirst: zones.starts.length > 0,
    ...news,
    events: [...news.events, ...zoneNews(service, zones.status)],
    wakeAt: earliest(wakeAt, repeatAt, zones.wakeAt),
  }
}
