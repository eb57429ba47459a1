/**
 * What was applied together, remembered on the server so that what is no longer applied can be pruned: Kubernetes' ApplySet
 * (KEP 3659), as `kubectl apply --prune --applyset` has it. The parent is a ConfigMap; members carry its id as a label.
 */
import { createHash } from 'node:crypto'
import { groupResource, type Kind } from '../../api/meta/kind.ts'
import { keyOf, keyText, type ObjectKey, type Resource } from '../../api/meta/object.ts'
import { Fault } from '../../lib/errors.ts'

const prefix = 'applyset.kubernetes.io'
/** On a member: the id of the set that it belongs to. */
export const partOfLabel = `${prefix}/part-of`
const idLabel = `${prefix}/id`
const toolingAnnotation = `${prefix}/tooling`
const kindsAnnotation = `${prefix}/contains-group-kinds`
const namespacesAnnotation = `${prefix}/additional-namespaces`

/** Whoever else made a set may mean something else by it: only sets of this tool are touched. */
const tooling = 'gantry/v1'

/** The id of the set whose parent is the ConfigMap `key`, by the formula that the KEP gives. */
export function applySetId({ namespace, name }: ObjectKey): string {
  const hash = createHash('sha256').update([name, namespace, 'ConfigMap', ''].join('.')).digest('base64url')
  return `applyset-${hash}-v1`
}

interface OfKind {
  readonly kind: Pick<Kind, 'kind' | 'group' | 'plural' | 'scope'>
  readonly object: Resource
}

/** Kinds as the parent lists them: `Service.gantry.dev`, `Secret`. */
export const kindText = ({ kind, group }: Pick<Kind, 'kind' | 'group'>): string =>
  group === '' ? kind : `${kind}.${group}`

/** The parent of a set with these members. `before` is the parent as it is; it keeps what others wrote on it. */
export function parentOf(key: ObjectKey, members: readonly OfKind[], before: Resource | undefined): Resource {
  const kinds = [...new Set(members.map(({ kind }) => kindText(kind)))].sort()
  const namespaces = members.flatMap(({ kind, object }) =>
    kind.scope === 'Cluster' || object.metadata.namespace === key.namespace ? [] : [object.metadata.namespace ?? ''],
  )
  const metadata = {
    ...(before?.metadata ?? { ...key }),
    labels: { ...before?.metadata.labels, [idLabel]: applySetId(key) },
    annotations: {
      ...before?.metadata.annotations,
      [toolingAnnotation]: tooling,
      [kindsAnnotation]: kinds.join(','),
      [namespacesAnnotation]: [...new Set(namespaces)].sort().join(','),
    },
  }
  return { apiVersion: 'v1', kind: 'ConfigMap', ...before, metadata } as Resource
}

/** What a parent says of its set. Faults: BadRequest when it is another tool's, or no set at all. */
export function contentOf(parent: Resource): {
  readonly kinds: readonly string[]
  readonly namespaces: readonly string[]
} {
  const { annotations = {}, labels = {}, namespace = '', name } = parent.metadata
  const what = `ConfigMap ${namespace}/${name}`
  if (labels[idLabel] === undefined || annotations[toolingAnnotation] === undefined) {
    throw new Fault('BadRequest', `${what} exists and is no ApplySet: choose another name for the set`)
  }
  if (annotations[toolingAnnotation] !== tooling) {
    throw new Fault(
      'BadRequest',
      `${what} is an ApplySet of ${annotations[toolingAnnotation]}: only that may change it`,
    )
  }
  const listed = (annotation: string): readonly string[] =>
    (annotations[annotation] ?? '').split(',').filter((one) => one !== '')
  return { kinds: listed(kindsAnnotation), namespaces: [namespace, ...listed(namespacesAnnotation)] }
}

/** `object` as a member of the set. Faults: Conflict when it is applied as a member of another one. */
export function asMember(object: Resource, id: string, live: Resource | undefined): Resource {
  const other = live?.metadata.labels?.[partOfLabel]
  if (other !== undefined && other !== id) {
    throw new Fault(
      'Conflict',
      `it belongs to another ApplySet (${partOfLabel}=${other}); an object is part of one set only`,
    )
  }
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [partOfLabel]: id } } }
}

const placeOf = ({ kind, object }: OfKind): string => `${groupResource(kind)} ${keyText(keyOf(object))}`

/** The members that are there and were not applied any more. */
export function leftOver<M extends OfKind>(there: readonly M[], applied: readonly OfKind[]): readonly M[] {
  const kept = new Set(applied.map(placeOf))
  return there.filter((member) => !kept.has(placeOf(member)) && member.object.metadata.deletionTimestamp === undefined)
}
