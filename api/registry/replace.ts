/** Decides what becomes of an object when another is to be stored over it. */
import type { Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { invalidObject } from '../meta/parse.ts'
import type { admitter } from './admit.ts'
import { isFinished } from './deletion.ts'
import type { ManagedFields } from './managed-fields/owners.ts'
import { isUnchanged, prepareFinalize, prepareStatus, prepareUpdate, tidy } from './prepare.ts'
import type { Grounds, Step } from './write.ts'

/** What a write of an object to a subresource concerns. */
export type Part = 'main' | 'status' | 'scale' | 'finalize'

export interface Replacement<T extends Resource> {
  readonly kind: Kind<T>
  readonly next: T
  readonly current: T
  readonly part: Part
  /** Who owns what of an object that is as its writer meant it, before the server changes anything. */
  owners(meant: T): ManagedFields | undefined
  readonly grounds: Grounds
  warn(text: string): void
}

const owned = <T extends Resource>(object: T, managedFields: ManagedFields | undefined): T => ({
  ...object,
  metadata: { ...object.metadata, managedFields },
})

/** The step that stores `next` over `current`, whatever verb asks for it; versions were checked. Faults: Invalid, and what rules throw. */
export async function replacing<T extends Resource>(
  admission: Pick<ReturnType<typeof admitter>, 'admitted' | 'isHeld'>,
  { kind, next: given, current, part, owners, grounds, warn }: Replacement<T>,
  s: AbortSignal,
): Promise<Step<T>> {
  const general = kind as unknown as Kind
  const meant = { ...given, metadata: tidy(given.metadata) }
  const next = owned(meant, owners(meant))
  if (part === 'finalize') {
    const object = prepareFinalize(next, current)
    if (isUnchanged(object, current)) return { do: 'keep', object: current }
    const problems = kind.validate(object, current)
    if (problems.length > 0) throw invalidObject(kind, current.metadata.name, problems)
    return isFinished(object, admission.isHeld(general, object)) ? { do: 'remove', object } : { do: 'put', object }
  }
  if (part === 'status') {
    const object = prepareStatus(next, current)
    if (isUnchanged(object, current)) return { do: 'keep', object: current }
    const problems = kind
      .validate(object, current)
      .filter(({ path }) => path === 'status' || path.startsWith('status.'))
    if (problems.length > 0) throw invalidObject(kind, current.metadata.name, problems)
    return { do: 'put', object }
  }
  const prepared = prepareUpdate(kind, next, current)
  if (isUnchanged(prepared, current)) {
    for (const text of kind.warnings(current)) warn(text)
    return { do: 'keep', object: current }
  }
  const { object, unchanged, creates } = await admission.admitted(kind, prepared, current, grounds, warn, s)
  // an admission may have changed the spec, or changed it back
  const settled = object === prepared ? prepared : prepareUpdate(kind, object, current)
  if (settled !== prepared && isUnchanged(settled, current)) return { do: 'keep', object: current }
  if (isFinished(settled, admission.isHeld(general, settled))) return { do: 'remove', object: settled }
  return { do: 'put', object: settled, unchanged, creates }
}
