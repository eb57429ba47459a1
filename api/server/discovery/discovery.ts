/** Discovery documents, derived from what is served: plain, and aggregated as newer clients ask for it. Pure. */
import { createHash } from 'node:crypto'
import { apiVersionOf } from '../../meta/kind.ts'
import { healthPaths } from './health.ts'
import type { GroupVersionKind, ServedResource } from './served.ts'

type Served = readonly ServedResource[]

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)]

const groupsOf = (served: Served): readonly string[] =>
  unique(served.map(({ group }) => group)).filter((group) => group !== '')

const versionsOf = (served: Served, group: string): readonly string[] =>
  unique(served.filter((one) => one.group === group).map(({ version }) => version))

const byName = (served: Served): Served => served.toSorted((a, b) => (a.plural < b.plural ? -1 : 1))

/** `/api`; `address` is the host and port that the client used. */
export const apiVersions = (served: Served, address: string): object => ({
  kind: 'APIVersions',
  versions: versionsOf(served, ''),
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
})

function groupEntry(served: Served, group: string): object {
  const versions = versionsOf(served, group).map((version) => ({ groupVersion: `${group}/${version}`, version }))
  return { name: group, versions, preferredVersion: versions[0] }
}

/** `/apis` */
export const apiGroupList = (served: Served): object => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groupsOf(served).map((group) => groupEntry(served, group)),
})

/** `/apis/GROUP`; undefined when there is no such group. */
export const apiGroup = (served: Served, group: string): object | undefined =>
  groupsOf(served).includes(group) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(served, group) } : undefined

const optional = ({ shortNames, categories }: ServedResource): object => ({
  ...(shortNames.length === 0 ? {} : { shortNames }),
  ...(categories.length === 0 ? {} : { categories }),
})

/** `/`: where there is something to GET, sorted. */
export function pathsOf(served: Served): readonly string[] {
  const groups = groupsOf(served).flatMap((group) => [
    `/apis/${group}`,
    ...versionsOf(served, group).map((version) => `/apis/${group}/${version}`),
  ])
  const core = versionsOf(served, '').map((version) => `/api/${version}`)
  const own = ['/metrics', '/openapi/v2', '/openapi/v3', '/openapi/v3/', '/version']
  return ['/api', '/apis', '/apis/', ...core, ...groups, ...healthPaths, ...own].sort()
}

/** What tells clients whether two groups serve the same objects; Kubernetes' own way to make it. */
const storageVersionHash = ({ group, version, kind }: GroupVersionKind): string =>
  createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64')

const sameKind = (a: GroupVersionKind, b: GroupVersionKind): boolean =>
  a.group === b.group && a.version === b.version && a.kind === b.kind

function resourceEntries(resource: ServedResource): readonly object[] {
  const namespaced = resource.scope === 'Namespaced'
  const { plural, singular, kind, verbs } = resource
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...optional(resource),
      ...(resource.stored === undefined ? {} : { storageVersionHash: storageVersionHash(resource.stored) }),
    },
    ...resource.parts.map((part) => ({
      name: `${plural}/${part.name}`,
      singularName: '',
      namespaced,
      ...(sameKind(part.responseKind, resource)
        ? {}
        : { group: part.responseKind.group, version: part.responseKind.version }),
      kind: part.responseKind.kind,
      verbs: part.verbs,
    })),
  ]
}

/** `/api/v1`, `/apis/GROUP/VERSION`; undefined when there is no such version. */
export function apiResourceList(served: Served, groupVersion: string): object | undefined {
  const inside = served.filter((resource) => apiVersionOf(resource) === groupVersion)
  if (inside.length === 0) return undefined
  // the oldest of all these lists has no version of its own
  const itself = groupVersion === 'v1' ? { kind: 'APIResourceList' } : { kind: 'APIResourceList', apiVersion: 'v1' }
  return { ...itself, groupVersion, resources: byName(inside).flatMap(resourceEntries) }
}

/** The media type of aggregated discovery. */
export const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

function aggregatedEntry(resource: ServedResource): object {
  const { plural, singular, scope, verbs, parts } = resource
  // kinds that are compiled into kube-apiserver leave out what the group says already
  const responseKind = ({ group, version, kind }: GroupVersionKind): GroupVersionKind =>
    resource.builtIn && group === resource.group && version === resource.version
      ? { group: '', version: '', kind }
      : { group, version, kind }
  const subresources = parts.map((part) => ({
    subresource: part.name,
    responseKind: responseKind(part.responseKind),
    verbs: part.verbs,
  }))
  return {
    resource: plural,
    responseKind: responseKind(resource),
    scope,
    singularResource: singular,
    verbs,
    ...optional(resource),
    ...(subresources.length === 0 ? {} : { subresources }),
  }
}

const aggregatedVersion = (served: Served, group: string, version: string): object => ({
  version,
  resources: byName(served.filter((one) => one.group === group && one.version === version)).map(aggregatedEntry),
  freshness: 'Current',
})

/** `/api` (only the core group) or `/apis` (all others), everything at once. */
export const aggregated = (served: Served, of: 'core' | 'groups'): object => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: (of === 'core' ? [''] : groupsOf(served)).map((group) => ({
    metadata: group === '' ? {} : { name: group },
    versions: versionsOf(served, group).map((version) => aggregatedVersion(served, group, version)),
  })),
})
