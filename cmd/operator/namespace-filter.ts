/** What an operator for some clusters watches: their namespaces, and of the kinds named like them only theirs. */
import type { Kind } from '../../api/meta/kind.ts'
import { Cluster } from '../../api/v1/cluster.ts'
import { Namespace } from '../../api/v1/core.ts'
import type { Watch } from '../../controllers/runtime/controller.ts'

type Selections = readonly NonNullable<Watch['only']>[] | undefined

/** Task definitions have no namespace: every operator makes their revisions, and two of them make each once. */
export const selectionOf =
  (namespaces: readonly string[]) =>
  (kind: Kind): Selections => {
    if (kind.scope === 'Namespaced') return namespaces.map((namespace) => ({ namespace }))
    const isNamedLikeThem = kind.kind === Cluster.kind || kind.kind === Namespace.kind
    return isNamedLikeThem ? namespaces.map((name) => ({ fieldSelector: `metadata.name=${name}` })) : undefined
  }
