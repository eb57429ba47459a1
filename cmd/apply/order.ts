/** The order in which objects are applied and deleted, whatever the order of the files. */

/** What others refer to comes first; kinds that are not named here come last. */
const first = ['Namespace', 'Cluster', 'Secret', 'ConfigMap', 'TaskDefinition', 'TaskDefinitionRevision']

const rankOf = (kind: string): number => {
  const rank = first.indexOf(kind)
  return rank < 0 ? first.length : rank
}

interface OfKind {
  readonly kind: { readonly kind: string }
}

/** References before what refers to them; otherwise as written. */
export const inApplyOrder = <T extends OfKind>(manifests: readonly T[]): readonly T[] =>
  manifests.toSorted((a, b) => rankOf(a.kind.kind) - rankOf(b.kind.kind))

/** The other way round. */
export const inDeleteOrder = <T extends OfKind>(manifests: readonly T[]): readonly T[] =>
  inApplyOrder(manifests).toReversed()
