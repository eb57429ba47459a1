/**
 * Stop-first without a gap for the pull: where nothing can start before an old task has stopped, the images of the next tasks
 * are there before the first one stops.
 */

import { withDigest } from '../../../api/v1/container-images.ts'
import type { ContainerInstance } from '../../../api/v1/container-instance.ts'
import { daemonInstances } from '../../../api/v1/daemon-instances.ts'
import type { Service } from '../../../api/v1/service.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import type { TaskDefinitionSpec } from '../../../api/v1/task-definition-spec.ts'
import { isEqual } from '../../../lib/equal.ts'
import { limits } from '../limits.ts'

export interface PrefetchFacts {
  readonly service: Service
  /** Of the next tasks; undefined where there is room to start first, so that nothing is pulled ahead. */
  readonly target: { readonly revision: ServiceRevision; readonly definition: TaskDefinitionSpec } | undefined
  /** Tasks that work, and are to make room. */
  readonly old: readonly { readonly instance: string | undefined }[]
  /** All of the namespace. */
  instances(): readonly ContainerInstance[]
  /** Those that have been asked for anything. */
  readonly asked: readonly ContainerInstance[]
}

/** What an instance is asked to pull for the service. */
export interface Ask {
  readonly instance: ContainerInstance
  /** Undefined: nothing any more. */
  readonly wants: Wants | undefined
}

interface Wants {
  readonly images: readonly string[]
  readonly revisionUid: string
}

export interface Prefetch {
  /** Tasks that work stay as they are. */
  readonly holds: boolean
  /** Instances that have not told yet. */
  readonly waiting: readonly string[]
  readonly failed: readonly { readonly instance: string; readonly image: string; readonly reason: string }[]
  readonly asks: readonly Ask[]
}

/** The reason of what the service says while it waits for pulls. */
export const pullingImages = 'PullingImages'

const nameOf = ({ metadata }: ContainerInstance): string => metadata.name

function asksOf(
  { service, asked }: PrefetchFacts,
  wants: Wants | undefined,
  chosen: readonly ContainerInstance[],
): readonly Ask[] {
  const { name } = service.metadata
  const names = new Set(chosen.map(nameOf))
  const before = ({ status }: ContainerInstance) => status?.prefetch?.find((one) => one.service === name)
  return [
    ...asked.filter((instance) => !names.has(nameOf(instance))).map((instance) => ({ instance, wants: undefined })),
    ...chosen
      .filter((instance) => !isEqual(before(instance), { service: name, ...wants }))
      .map((instance) => ({ instance, wants })),
  ]
}

/** By digest where that is known. */
function imagesOf({ status }: ServiceRevision, { containerDefinitions }: TaskDefinitionSpec): readonly string[] {
  const images = containerDefinitions.map(({ name, image }) => {
    const known = status?.containerImages?.find(({ containerName }) => containerName === name)
    return known === undefined ? image : withDigest(image, known.imageDigest)
  })
  return [...new Set(images)].sort()
}

/** Where the next tasks may go: as for a DAEMON, instances that take tasks and fulfil the constraints. Older agents pull none ahead. */
function hostsOf({ service, instances }: PrefetchFacts, definition: TaskDefinitionSpec): readonly ContainerInstance[] {
  const constraints = [...(service.spec.placementConstraints ?? []), ...(definition.placementConstraints ?? [])]
  const names = new Set(daemonInstances(instances(), () => false, constraints))
  return instances().filter((instance) => names.has(nameOf(instance)) && instance.status?.images !== undefined)
}

/**
 * Where the old tasks are every image must be there: the next ones find room there. Other instances that may get one are asked
 * as well, some of them; one that cannot pull does not hold up the rest.
 */
export function prefetchOf(facts: PrefetchFacts): Prefetch {
  const { target, old } = facts
  if (target === undefined || old.length === 0)
    return { holds: false, waiting: [], failed: [], asks: asksOf(facts, undefined, []) }
  const { revision, definition } = target
  const images = imagesOf(revision, definition)
  const places = new Set(old.map(({ instance }) => instance))
  const hosts = hostsOf(facts, definition)
  const own = hosts.filter((host) => places.has(nameOf(host)))
  const most = Math.max(0, limits.prefetchInstances - own.length)
  const others = hosts.filter((host) => !places.has(nameOf(host))).slice(0, most)
  const chosen = [...own, ...others]
  const told = ({ status }: ContainerInstance, image: string) => status?.images?.find((one) => one.image === image)
  const failed = own.flatMap((host) =>
    images.flatMap((image) => {
      const { reason } = told(host, image) ?? {}
      return reason === undefined ? [] : [{ instance: nameOf(host), image, reason }]
    }),
  )
  const waiting = chosen.filter((host) => images.some((image) => told(host, image) === undefined)).map(nameOf)
  return {
    holds: failed.length + waiting.length > 0,
    waiting,
    failed,
    asks: asksOf(facts, { images, revisionUid: revision.metadata.uid }, chosen),
  }
}

/** What a person should know while it holds. */
export function prefetchText({ failed, waiting }: Prefetch): string {
  const [first] = failed
  if (first === undefined) return `Its images are being pulled before a task stops for it, on ${waiting.join(', ')}.`
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : ''
  return `No task was stopped for it: ${first.instance} cannot pull ${first.image}${more}: ${first.reason}`
}
