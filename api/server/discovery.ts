/** Discovery documents, derived from the kinds: plain, and aggregated as newer clients ask for it. Pure. */
import { apiVersionOf, type Kind } from '../meta/kind.ts'

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const
const statusVerbs = ['get', 'patch', 'update'] as const

/** A subresource besides status: `log` of Task. */
export interface ExtraSubresource {
  readonly kind: Kind
  readonly name: string
  readonly verbs: readonly string[]
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)]

const groupsOf = (kinds: readonly Kind[]): readonly string[] =>
  unique(kinds.map((kind) => kind.group)).filter((group) => group !== '')

const versionsOf = (kinds: readonly Kind[], group: string): readonly string[] =>
  unique(kinds.filter((kind) => kind.group === group).map((kind) => kind.version))

/** `/api` */
export const apiVersions = (kinds: readonly Kind[]): object => ({
  kind: 'APIVersions',
  versions: versionsOf(kinds, ''),
  serverAddressByClientCIDRs: [],
})

function groupEntry(kinds: readonly Kind[], group: string): object {
  const versions = versionsOf(kinds, group).map((version) => ({ groupVersion: `${group}/${version}`, version }))
  return { name: group, versions, preferredVersion: versions[0] }
}

/** `/apis` */
export const apiGroupList = (kinds: readonly Kind[]): object => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groupsOf(kinds).map((group) => groupEntry(kinds, group)),
})

/** `/apis/GROUP`; undefined when there is no such group. */
export const apiGroup = (kinds: readonly Kind[], group: string): object | undefined =>
  groupsOf(kinds).includes(group) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(kinds, group) } : undefined

const optional = (kind: Kind): object => ({
  ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
  ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
})

/** `/api/v1`, `/apis/GROUP/VERSION`; undefined when there is no such version. */
export function apiResourceList(
  kinds: readonly Kind[],
  groupVersion: string,
  extras: readonly ExtraSubresource[],
): object | undefined {
  const served = kinds.filter((kind) => apiVersionOf(kind) === groupVersion)
  if (served.length === 0) return undefined
  const resources = served.flatMap((kind) => {
    const common = { namespaced: kind.scope === 'Namespaced', kind: kind.kind }
    const parts = [
      ...(kind.statusSubresource ? [{ name: 'status', verbs: statusVerbs as readonly string[] }] : []),
      ...extras.filter((extra) => extra.kind === kind),
    ]
    return [
      { name: kind.plural, singularName: kind.singular, ...common, verbs, ...optional(kind) },
      ...parts.map((part) => ({ name: `${kind.plural}/${part.name}`, singularName: '', ...common, verbs: part.verbs })),
    ]
  })
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources }
}

/** The media type of aggregated discovery. */
export const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

function aggregatedVersion(
  kinds: readonly Kind[],
  group: string,
  version: string,
  extras: readonly ExtraSubresource[],
): object {
  const served = kinds.filter((kind) => kind.group === group && kind.version === version)
  return {
    version,
    resources: served.map((kind) => {
      const responseKind = { group: kind.group, version: kind.version, kind: kind.kind }
      const parts = [
        ...(kind.statusSubresource ? [{ name: 'status', verbs: statusVerbs as readonly string[] }] : []),
        ...extras.filter((extra) => extra.kind === kind),
      ]
      return {
        resource: kind.plural,
        responseKind,
        scope: kind.scope,
        singularResource: kind.singular,
        verbs,
        ...optional(kind),
        ...(parts.length === 0
          ? {}
          : { subresources: parts.map((part) => ({ subresource: part.name, responseKind, verbs: part.verbs })) }),
      }
    }),
    freshness: 'Current',
  }
}

/** `/api` (only the core group) or `/apis` (all others), everything at once. */
export const aggregated = (
  kinds: readonly Kind[],
  of: 'core' | 'groups',
  extras: readonly ExtraSubresource[],
): object => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: (of === 'core' ? [''] : groupsOf(kinds)).map((group) => ({
    metadata: group === '' ? {} : { name: group },
    versions: versionsOf(kinds, group).map((version) => aggregatedVersion(kinds, group, version, extras)),
  })),
})
