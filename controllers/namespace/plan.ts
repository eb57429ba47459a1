/** Decides in which order a namespace is emptied, and what its conditions say meanwhile (Kubernetes' words). */
import { type Condition, withCondition } from '../../api/meta/conditions.ts'
import { isDeleting } from '../../api/meta/object.ts'
import type { Namespace } from '../../api/v1/core.ts'
import { isEqual } from '../../lib/equal.ts'
import type { Instant } from '../../lib/time.ts'
import type { Remains, Thing } from './state.ts'

/** In Namespace.spec.finalizers until its content is gone. */
export const contentFinalizer = 'kubernetes'

/** Each step waits for the one before to be gone: services stop their tasks, and tasks need their instances to go. */
const steps: readonly (readonly string[])[] = [['Service'], ['Task'], ['ContainerInstance']]

/** What is to be deleted now. */
export function planDeletions(content: readonly Thing[]): readonly Thing[] {
  const first = steps.find((kinds) => content.some(({ kind }) => kinds.includes(kind.kind)))
  const next = first === undefined ? content : content.filter(({ kind }) => first.includes(kind.kind))
  return next.filter(({ object }) => !isDeleting(object))
}

type Said = Omit<Condition, 'lastTransitionTime'>

const told = (counts: ReadonlyMap<string, number>, verb: string): string =>
  [...counts].map(([name, count]) => `${name} ${verb} ${count} resource instances`).join(', ')

const conditions = ({ resources, finalizers }: Remains): readonly Said[] => [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    status: 'False',
    reason: 'ResourcesDiscovered',
    message: 'All resources successfully discovered',
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    status: 'False',
    reason: 'ParsedGroupVersions',
    message: 'All legacy kube types successfully parsed',
  },
  {
    type: 'NamespaceDeletionContentFailure',
    status: 'False',
    reason: 'ContentDeleted',
    message: 'All content successfully deleted, may be waiting on finalization',
  },
  resources.size === 0
    ? {
        type: 'NamespaceContentRemaining',
        status: 'False',
        reason: 'ContentRemoved',
        message: 'All content successfully removed',
      }
    : {
        type: 'NamespaceContentRemaining',
        status: 'True',
        reason: 'SomeResourcesRemain',
        message: `Some resources are remaining: ${told(resources, 'has')}`,
      },
  finalizers.size === 0
    ? {
        type: 'NamespaceFinalizersRemaining',
        status: 'False',
        reason: 'ContentHasNoFinalizers',
        message: 'All content-preserving finalizers finished',
      }
    : {
        type: 'NamespaceFinalizersRemaining',
        status: 'True',
        reason: 'SomeFinalizersRemain',
        message: `Some content in the namespace has finalizers remaining: ${told(finalizers, 'in')}`,
      },
]

/** The status to write; undefined when it is there already. */
export function planStatus(namespace: Namespace, remains: Remains, now: Instant): Namespace['status'] {
  const next = conditions(remains).reduce<readonly Condition[]>(
    (all, one) => withCondition(all, one, now),
    namespace.status?.conditions ?? [],
  )
  return isEqual(next, namespace.status?.conditions) ? undefined : { ...namespace.status, conditions: [...next] }
}
