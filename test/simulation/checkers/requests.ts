/** What people ask of a rollout is heeded: an aborted or paused one stays where it is, one that is to end does not complete. */
import type { Resource } from '../../../api/meta/object.ts'
import type { Service } from '../../../api/v1/service.ts'
import type { ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import { between, type Instant } from '../../../lib/time.ts'
import type { Change, Model } from '../history.ts'
import type { Checker, Staleness } from './checker.ts'

const ownerOf = ({ metadata }: Resource): string => metadata.ownerReferences?.[0]?.uid ?? ''

/** Since when a service is as its spec says, as far as a held rollout depends on it. */
interface Since {
  readonly paused: Instant | undefined
  readonly scaled: Instant
}

export function requestsAreHeeded(staleness: Staleness): Checker {
  const services = new Map<string, Since>()
  const requested = new Map<string, Instant>()
  const aborted = new Map<string, Instant>()
  /** When revisions last got another desired count. */
  const counted = new Map<string, Instant>()

  function follow({ kind, key, at, before, after }: Change): void {
    if (kind === 'Service' && after !== undefined) {
      const [old, now] = [before as Service | undefined, after as Service]
      const known = services.get(after.metadata.uid)
      const same = old?.spec.desiredCount === now.spec.desiredCount
      const paused = now.spec.paused === true ? (known?.paused ?? at) : undefined
      services.set(after.metadata.uid, { paused, scaled: same ? (known?.scaled ?? at) : at })
    }
    if (kind !== 'ServiceDeployment') return
    if (after === undefined) {
      // another one may get the name
      requested.delete(key)
      aborted.delete(key)
      return
    }
    const { spec, status } = after as ServiceDeployment
    if (spec.stop === undefined) return
    if (!requested.has(key)) requested.set(key, at)
    if (status?.status === 'STOPPED' && status.held !== undefined && !aborted.has(key)) aborted.set(key, at)
  }

  const newestOf = (service: string, model: Model): ServiceDeployment | undefined =>
    [...model.all<ServiceDeployment>('ServiceDeployment')]
      .filter((one) => ownerOf(one) === service)
      .sort((a, b) => a.spec.deployment - b.spec.deployment)
      .at(-1)

  /** Since when nothing more of the revision that `newest` rolls out may be asked for. */
  function heldSince(newest: ServiceDeployment, { paused }: Since): Instant | undefined {
    const { status } = newest
    if (status?.rollback !== undefined) return undefined
    return aborted.get(`${newest.metadata.namespace}/${newest.metadata.name}`) ?? (isOver(newest) ? undefined : paused)
  }

  return {
    name: 'what people ask of a rollout is heeded',
    check(change, model) {
      follow(change)
      const { kind, key, actor, at, before, after } = change
      const isOld = (since: Instant | undefined): boolean => since !== undefined && between(since, at) > staleness()
      if (!actor.startsWith('controllers') || after === undefined) return undefined
      if (kind === 'ServiceDeployment') {
        const of = services.get(ownerOf(after))
        if (before === undefined && isOld(of?.paused)) return `${key} was made while its service is paused`
        const ended = (after as ServiceDeployment).status?.status
        const was = (before as ServiceDeployment | undefined)?.status?.status
        return ended === 'SUCCESSFUL' && was !== ended && isOld(requested.get(key))
          ? `${key} completed, though it was asked to end`
          : undefined
      }
      if (kind !== 'ServiceRevision' || before === undefined) return undefined
      const [old, now] = [before as ServiceRevision, after as ServiceRevision]
      if (now.spec.desiredCount === old.spec.desiredCount) return undefined
      const last = counted.get(after.metadata.uid)
      counted.set(after.metadata.uid, at)
      if (now.spec.desiredCount < old.spec.desiredCount) return undefined
      const [of, newest] = [services.get(ownerOf(after)), newestOf(ownerOf(after), model)]
      if (of === undefined || newest?.spec.targetServiceRevision !== after.metadata.name || !isOld(of.scaled))
        return undefined
      // scaled while no controller ran: this answers it
      if (last === undefined || of.scaled > last) return undefined
      return isOld(heldSince(newest, of)) ? `${key} was to get more tasks, though its rollout is held` : undefined
    },
  }
}

const isOver = ({ status }: ServiceDeployment): boolean => status?.finishedAt !== undefined
