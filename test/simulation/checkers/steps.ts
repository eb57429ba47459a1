/** CANARY, LINEAR and bake times: no step takes more tasks than its share, and none is left before its time. */
import type { Service } from '../../../api/v1/service.ts'
import type { ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import { between, type Instant, type Millis, minutes, seconds } from '../../../lib/time.ts'
import type { Change, Model } from '../history.ts'
import type { Checker, Staleness } from './checker.ts'
import { RecentValues } from './recent.ts'

interface Asked {
  readonly desired: number
  readonly stepBake: Millis
  readonly bake: Millis
  /** Percent that a step shifts, which counts from 1. */
  readonly percentAt: (step: number) => number
}

function askedOf({ spec }: Service): Asked {
  const { strategy, canaryConfiguration, linearConfiguration, bakeTimeInMinutes } = spec.deploymentConfiguration ?? {}
  const canary = strategy === 'CANARY'
  const stepBake = canary ? (canaryConfiguration?.canaryBakeTimeInMinutes ?? 10) : 0
  const ofStep = linearConfiguration?.stepPercent ?? 10
  const first = canary ? (canaryConfiguration?.canaryPercent ?? 5) : 100
  const percentAt = (step: number): number => {
    if (strategy === 'LINEAR') return Math.min(100, ofStep * step)
    return step > 1 ? 100 : first
  }
  return {
    desired: spec.desiredCount ?? 0,
    stepBake: minutes(strategy === 'LINEAR' ? (linearConfiguration?.stepBakeTimeInMinutes ?? 6) : stepBake),
    bake: minutes(bakeTimeInMinutes ?? 0),
    percentAt,
  }
}

/** Between a decision and its commit. */
const slack = seconds(5)

export function stepsAreKept(staleness: Staleness): Checker {
  const asked = new RecentValues<Asked>()
  /** By deployment and step, or stage: since when it waits there. */
  const waiting = new Map<string, Instant>()

  const lasted = (what: string, least: Millis, at: Instant): boolean => {
    const since = waiting.get(what)
    return least === 0 || (since !== undefined && between(since, at) + slack >= least)
  }

  function ofDeployment({ key, at, before, after }: Change, recent: readonly Asked[]): string | undefined {
    const [old, now] = [before as ServiceDeployment, after as ServiceDeployment]
    const [was, is] = [old.status?.shift, now.status?.shift]
    const promoted = now.spec.promotedThrough ?? 0
    if (is?.reachedAt !== undefined && was?.reachedAt === undefined) waiting.set(`${key} ${is.step}`, at)
    if (now.status?.lifecycleStage === 'BAKE_TIME' && old.status?.lifecycleStage !== 'BAKE_TIME')
      waiting.set(`${key} bake`, at)
    const stepBake = Math.min(...recent.map((one) => one.stepBake)) as Millis
    const isNext = was !== undefined && is !== undefined && is.step > was.step
    if (isNext && promoted < was.step && !lasted(`${key} ${was.step}`, stepBake, at))
      return `${key} left step ${was.step} before its time`
    const bake = Math.min(...recent.map((one) => one.bake)) as Millis
    const isDone = now.status?.status === 'SUCCESSFUL' && old.status?.status !== 'SUCCESSFUL'
    return isDone && promoted < (is?.step ?? 1) && !lasted(`${key} bake`, bake, at)
      ? `${key} completed before its bake time was over`
      : undefined
  }

  /** Replacements may stand beside what they replace for a while; what is asked for may not. */
  function ofRevision({ key, at, before, after }: Change, service: string, model: Model): string | undefined {
    const [old, now] = [before as ServiceRevision, after as ServiceRevision]
    if (now.spec.desiredCount <= old.spec.desiredCount) return undefined
    const uid = model.get<Service>('Service', service)?.metadata.uid
    const newest = [...model.all<ServiceDeployment>('ServiceDeployment')]
      .filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === uid)
      .sort((a, b) => a.spec.deployment - b.spec.deployment)
      .at(-1)
    const { shift, rollback, status } = newest?.status ?? {}
    const isStepped = status === 'IN_PROGRESS' && rollback === undefined && shift !== undefined && shift.percent < 100
    if (!isStepped || newest?.spec.targetServiceRevision !== now.metadata.name) return undefined
    const recent = asked.within(service, staleness(), at)
    const shares = recent.map(({ desired, percentAt }) => {
      const most = Math.max(shift.percent, percentAt(shift.step))
      return Math.ceil((desired * most) / 100)
    })
    if (now.spec.desiredCount <= Math.max(1, ...shares)) return undefined
    return `${key} is to have ${now.spec.desiredCount} tasks, though step ${shift.step} has ${Math.max(1, ...shares)}`
  }

  return {
    name: 'no step of a deployment takes more than its share, and none ends before its time',
    check(change, model) {
      const { kind, key, at, actor, before, after } = change
      if (kind === 'Service' && after !== undefined) asked.record(key, at, askedOf(after as Service))
      if (!actor.startsWith('controllers') || after === undefined) return undefined
      if (kind === 'ServiceDeployment' && before !== undefined) {
        const service = `${after.metadata.namespace}/${(after as ServiceDeployment).spec.service}`
        return ofDeployment(change, asked.within(service, staleness(), at))
      }
      if (kind !== 'ServiceRevision' || before === undefined) return undefined
      const { service } = (after as ServiceRevision).spec
      return ofRevision(change, `${after.metadata.namespace}/${service}`, model)
    },
  }
}
