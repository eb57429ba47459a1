/** URLs of Kubernetes-style resources. */
import { apiVersionOf, type KindFacts } from '../meta/kind.ts'
import type { ObjectKey } from '../meta/object.ts'

type Facts = Pick<KindFacts, 'group' | 'version' | 'plural' | 'scope'>

/** Of a kind's objects in one namespace, or everywhere. */
export function collectionPath(kind: Facts, namespace: string | undefined): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${apiVersionOf(kind)}`
  const scoped = kind.scope === 'Namespaced' && namespace !== undefined && namespace !== ''
  return `${root}${scoped ? `/namespaces/${encodeURIComponent(namespace)}` : ''}/${kind.plural}`
}

/** Of one object, or one of its subresources. */
export const objectPath = (kind: Facts, { namespace, name }: ObjectKey, subresource?: string): string =>
  `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}${subresource === undefined ? '' : `/${subresource}`}`
