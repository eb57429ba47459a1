/** Decides what goes with its owners; what goes in time is in strategies/. */
import type { Kind } from '../../api/meta/kind.ts'
import { isDeleting, type Resource } from '../../api/meta/object.ts'
import type { Instant } from '../../lib/time.ts'
import { foregroundFinalizer, type Owner, orphanFinalizer, ownersOf, type Thing } from './state.ts'

export type Action =
  | { readonly do: 'delete'; readonly thing: Thing; readonly propagation: 'Background' | 'Foreground' }
  /** Takes away the references to these owners. */
  | { readonly do: 'disown'; readonly thing: Thing; readonly owners: ReadonlySet<string> }
  | { readonly do: 'unfinalize'; readonly thing: Thing; readonly finalizer: string }

export interface Plan {
  readonly actions: readonly Action[]
  readonly wakeAt: Instant | undefined
}

/** What a dependent's owners mean for it: it goes with the last of them (Kubernetes' rules). */
export function planDependent(thing: Thing, owners: readonly Owner[], hasDependents: boolean): readonly Action[] {
  if (owners.length === 0 || isDeleting(thing.object)) return []
  const lost = owners.filter(({ state }) => state !== 'present')
  if (lost.length === 0) return []
  if (lost.length < owners.length)
    return [{ do: 'disown', thing, owners: new Set(lost.map(({ reference }) => reference.uid)) }]
  const foreground = hasDependents && lost.some(({ state }) => state === 'leaving')
  return [{ do: 'delete', thing, propagation: foreground ? 'Foreground' : 'Background' }]
}

/** An owner that waits for its dependents goes once none that blocks it is left. */
export function planLeaving(thing: Thing, dependents: readonly Thing[]): readonly Action[] {
  const { uid } = thing.object.metadata
  const blocking = dependents.some(({ object }) =>
    ownersOf(object).some((reference) => reference.uid === uid && reference.blockOwnerDeletion === true),
  )
  return blocking ? [] : [{ do: 'unfinalize', thing, finalizer: foregroundFinalizer }]
}

/** An owner whose dependents are to stay: they are set free first, then it goes. */
export function planOrphaning(thing: Thing, dependents: readonly Thing[]): readonly Action[] {
  const owners = new Set([thing.object.metadata.uid])
  return dependents.length > 0
    ? dependents.map((dependent) => ({ do: 'disown', thing: dependent, owners }))
    : [{ do: 'unfinalize', thing, finalizer: orphanFinalizer }]
}

/** What goes for itself, with all that it owns after it. */
export const deletion = (kind: unknown, object: Resource): Action => ({
  do: 'delete',
  thing: { kind: kind as Kind, object },
  propagation: 'Background',
})
