/** What this server serves, as discovery and the OpenAPI documents list it: kinds, parts of their objects, and resources that store nothing. Pure. */
import { apiVersionOf, isNative, type Kind } from '../../meta/kind.ts'
import { storedKind } from '../../meta/views.ts'

/** Group, version and kind of what a path takes and gives. */
export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** A subresource besides status and scale: `log` of Task. */
export interface ExtraSubresource {
  readonly kind: Kind
  readonly name: string
  readonly verbs: readonly string[]
  /** What it takes and gives, when that is another kind than its object's. */
  readonly responseKind?: Pick<Kind, 'group' | 'version' | 'kind' | 'schema' | 'description'>
}

/** A resource that is asked but stores nothing: an access review. */
export interface VirtualResource
  extends GroupVersionKind,
    Pick<Kind, 'plural' | 'singular' | 'scope' | 'description' | 'schema'>,
    Partial<Pick<Kind, 'shortNames' | 'categories'>> {
  readonly verbs: readonly string[]
}

export interface ServedPart {
  readonly name: string
  readonly verbs: readonly string[]
  /** With a schema when no resource has it. */
  readonly responseKind: GroupVersionKind & Partial<Pick<Kind, 'schema' | 'description'>>
}

export interface ServedResource
  extends GroupVersionKind,
    Pick<
      Kind,
      'plural' | 'singular' | 'scope' | 'description' | 'schema' | 'shortNames' | 'categories' | 'selectableFields'
    > {
  readonly verbs: readonly string[]
  readonly parts: readonly ServedPart[]
  /** Kubernetes' own: listed as its API server lists what is compiled into it, not as what a CRD defines. */
  readonly builtIn: boolean
  /** What its objects are stored as; absent when nothing is. */
  readonly stored?: GroupVersionKind
}

/** In the order of each of the two servers inside kube-apiserver. */
const builtInVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const
const customVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'] as const
const partVerbs = ['get', 'patch', 'update'] as const

/** What Scale is, whatever it scales. */
export const scaleKind: GroupVersionKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' }

function verbsOf(kind: Kind): readonly string[] {
  if (!isNative(kind)) return customVerbs
  // a namespace holds others' objects: there is no way to ask for the end of all of them
  return kind.group === '' && kind.kind === 'Namespace'
    ? builtInVerbs.filter((verb) => verb !== 'deletecollection')
    : builtInVerbs
}

function partsOf(kind: Kind, extras: readonly ExtraSubresource[]): readonly ServedPart[] {
  const own = { group: kind.group, version: kind.version, kind: kind.kind }
  const parts = [
    ...(kind.statusSubresource ? [{ name: 'status', verbs: partVerbs, responseKind: own }] : []),
    ...(kind.specFinalizers ? [{ name: 'finalize', verbs: ['update'], responseKind: own }] : []),
    ...(kind.scale === undefined ? [] : [{ name: 'scale', verbs: partVerbs, responseKind: scaleKind }]),
    ...extras
      .filter((extra) => extra.kind === kind)
      .map(({ name, verbs, responseKind }) => ({ name, verbs, responseKind: responseKind ?? own })),
  ]
  return isNative(kind) ? parts.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : parts
}

/** Everything, kinds first, in the order of `kinds`. */
export const servedResources = (
  kinds: readonly Kind[],
  extras: readonly ExtraSubresource[],
  virtual: readonly VirtualResource[],
): readonly ServedResource[] => [
  ...kinds.map((kind) => ({
    group: kind.group,
    version: kind.version,
    kind: kind.kind,
    plural: kind.plural,
    singular: kind.singular,
    scope: kind.scope,
    description: kind.description,
    schema: kind.schema,
    shortNames: kind.shortNames,
    categories: kind.categories,
    selectableFields: kind.selectableFields,
    verbs: verbsOf(kind),
    parts: partsOf(kind, extras),
    builtIn: isNative(kind),
    stored: storedKind(kind),
  })),
  ...virtual.map((one) => ({
    shortNames: [],
    categories: [],
    selectableFields: [],
    ...one,
    parts: [],
    builtIn: isNative(one),
  })),
]

/** The versions served, as `gantry.dev/v1`, in order of appearance. */
export const groupVersionsOf = (served: readonly ServedResource[]): readonly string[] => [
  ...new Set(served.map(apiVersionOf)),
]
