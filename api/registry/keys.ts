/** Where objects are in the store: `/registry/<group>/<plural>/<namespace>/<name>`. */
import type { KindFacts } from '../meta/kind.ts'
import type { ObjectKey } from '../meta/object.ts'

/** What all keys of the registry begin with. */
export const everything = '/registry/'

type Placed = Pick<KindFacts, 'group' | 'plural' | 'scope'>

/** All objects of a kind, or those of one namespace. The core group is spelled `core`. */
export function prefixOf(kind: Placed, namespace = ''): string {
  const all = `${everything}${kind.group === '' ? 'core' : kind.group}/${kind.plural}/`
  return namespace === '' || kind.scope === 'Cluster' ? all : `${all}${namespace}/`
}

/** The prefix of all objects of the kind that a key is of. */
export const kindPrefixOf = (storeKey: string): string =>
  storeKey.slice(0, storeKey.indexOf('/', storeKey.indexOf('/', everything.length) + 1) + 1)

export const storeKey = (kind: Placed, key: ObjectKey): string => `${prefixOf(kind, key.namespace)}${key.name}`
