/** Decides what a DELETE does: mark, remove, or nothing. Pure. */
import { type Instant, timestamp } from '../../lib/time.ts'
import type { Resource } from '../meta/object.ts'

/** How dependents are treated, as DeleteOptions.propagationPolicy says it. */
export type Propagation = 'Background' | 'Foreground' | 'Orphan'

/** The garbage controller deletes the dependents first, then takes this off. */
export const foregroundFinalizer = 'foregroundDeletion'
/** The garbage controller takes the owner off the dependents first, then takes this off. */
export const orphanFinalizer = 'orphan'

export type Deletion<T> =
  | { readonly do: 'remove' }
  | { readonly do: 'mark'; readonly object: T }
  /** It is being deleted already and waits for finalizers. */
  | { readonly do: 'nothing' }

function finalizersFor(present: readonly string[], propagation: Propagation | undefined): readonly string[] {
  if (propagation === undefined) return present
  const others = present.filter((name) => name !== foregroundFinalizer && name !== orphanFinalizer)
  switch (propagation) {
    case 'Background':
      return others
    case 'Foreground':
      return [...others, foregroundFinalizer]
    case 'Orphan':
      return [...others, orphanFinalizer]
  }
}

/** `held`: something besides metadata.finalizers keeps the object (a namespace's content). */
export function decideDeletion<T extends Resource>(
  object: T,
  propagation: Propagation | undefined,
  held: boolean,
  now: Instant,
): Deletion<T> {
  const present = object.metadata.finalizers ?? []
  const finalizers = finalizersFor(present, propagation)
  if (finalizers.length === 0 && !held) return { do: 'remove' }
  const marked = object.metadata.deletionTimestamp !== undefined
  const sameFinalizers = finalizers.length === present.length && finalizers.every((name) => present.includes(name))
  if (marked && sameFinalizers) return { do: 'nothing' }
  const { generation } = object.metadata
  return {
    do: 'mark',
    object: {
      ...object,
      metadata: {
        ...object.metadata,
        ...(finalizers.length === 0 ? { finalizers: undefined } : { finalizers: [...finalizers] }),
        ...(marked
          ? {}
          : {
              deletionTimestamp: timestamp(now),
              deletionGracePeriodSeconds: 0,
              ...(generation === undefined ? {} : { generation: generation + 1 }),
            }),
      },
    },
  }
}

/** Whether nothing keeps an object that is being deleted. */
export const isFinished = (object: Resource, held: boolean): boolean =>
  object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0 && !held
