/** Where objects are in the store: `/registry/<group>/<plural>/<namespace>/<name>`. */
import type { KindFacts } from '../meta/kind.ts'
import type { ObjectKey } from '../meta/object.ts'

type Placed = Pick<KindFacts, 'group' | 'plural' | 'scope'>

/** All objects of a kind, or those of one namespace. The core group is spelled `core`. */
export function prefixOf(kind: Placed, namespace = ''): string {
  const all = `/registry/${kind.group === '' ? 'core' : kind.group}/${kind.plural}/`
  return namespace === '' || kind.scope === 'Cluster' ? all : `${all}${namespace}/`
}

export const storeKey = (kind: Placed, key: ObjectKey): string => `${prefixOf(kind, key.namespace)}${key.name}`
