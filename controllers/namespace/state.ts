/** What is left in a namespace that goes. */
import type { Kind } from '../../api/meta/kind.ts'
import type { Resource } from '../../api/meta/object.ts'

/** An object together with its kind. */
export interface Thing {
  readonly kind: Kind
  readonly object: Resource
}

/** How many there are of each, by name. */
export interface Remains {
  /** `tasks.gantry.dev`; `secrets.` of the core group, as Kubernetes spells it here. */
  readonly resources: ReadonlyMap<string, number>
  readonly finalizers: ReadonlyMap<string, number>
}

const counted = (names: readonly string[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const name of names.toSorted()) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

export const remainsOf = (content: readonly Thing[]): Remains => ({
  resources: counted(content.map(({ kind }) => `${kind.plural}.${kind.group}`)),
  finalizers: counted(content.flatMap(({ object }) => object.metadata.finalizers ?? [])),
})
