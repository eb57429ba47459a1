/** Takes out of a body what the traces' README calls noise: other groups, addresses, names of health checks. */

import { canonicalJson } from '../../lib/canonical.ts'
import type { TraceRequest } from './trace.ts'

/** What else is left out while something is looked at. */
export interface QuietOptions {
  readonly ignoreManagedFields?: boolean
}

type Json = Readonly<Record<string, unknown>>

/** Any depth: members that are noise wherever they are. */
function without(value: unknown, names: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((one) => without(one, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => (names.has(name) ? [] : [[name, without(one, names)]])),
  )
}

/** The group that the traces are about. */
const ours = 'golden.gantry.dev'
/** Of the core group, what Gantry serves too; a trace lists all of Kubernetes'. */
const coreResources = /^(configmaps|events|namespaces|secrets|serviceaccounts)(\/|$)/
/** Of what has other groups below it, or other names of checks. */
const rootPaths =
  /^\/(api|api\/v1|apis\/?|apis\/golden\.gantry\.dev(\/v1)?|metrics|openapi\/v[23]\/?|version|(healthz|livez|readyz)(\/ping)?)$/
const documents: ReadonlySet<string> = new Set(['api/v1', `apis/${ours}/v1`, 'version'])
/** What operations refer to; the recorder dropped what only definitions do. */
const referredTo = /^dev\.gantry\.golden\.|\.meta\.v1\.(ListMeta|ObjectMeta|Patch|Status)$/

const nameOf = (one: unknown): string => {
  const { name, resource, metadata } = one as { name?: string; resource?: string; metadata?: { name?: string } }
  return name ?? resource ?? metadata?.name ?? ''
}
const sorted = (list: readonly unknown[]): unknown[] => list.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
const pick = (map: unknown, name: RegExp | ReadonlySet<string>): Json =>
  Object.fromEntries(Object.entries(map as Json).filter(([key]) => ('test' in name ? name.test(key) : name.has(key))))

/** The part of a list of groups, resources, paths or definitions that is ours. */
function ownPart(request: TraceRequest, body: Json): Json {
  const { kind, items, groups, groupVersion, resources, paths, definitions } = body
  if (kind === 'APIGroupList') return { ...body, groups: (groups as Json[]).filter((one) => nameOf(one) === ours) }
  if (kind === 'APIResourceList') {
    const known = (resources as Json[]).filter((one) => groupVersion !== 'v1' || coreResources.test(nameOf(one)))
    return { ...body, resources: sorted(known) }
  }
  if (kind === 'APIGroupDiscoveryList') {
    const known = (items as Json[]).filter((one) => nameOf(one) === '' || nameOf(one) === ours)
    return { ...body, items: known.map((one) => (nameOf(one) === '' ? coreGroup(one) : one)) }
  }
  if (request.path === '/') return { paths: (paths as string[]).filter((path) => rootPaths.test(path)) }
  if (request.path === '/openapi/v3') return { paths: pick(paths, documents) }
  if (definitions === undefined) return body
  return {
    ...body,
    paths: pick(paths, /^\/apis\/golden\.gantry\.dev\//),
    definitions: pick(definitions, referredTo),
    parameters: {}, // all of Kubernetes'; those that ours refer to are named
  }
}

const coreGroup = (group: Json): Json => ({
  ...group,
  versions: (group.versions as Json[]).map((version) => ({
    ...version,
    resources: (version.resources as Json[]).filter((one) => coreResources.test(nameOf(one))),
  })),
})

/** Hashes in the names of shared parameters, and the groups in which options are known. */
function withoutHashes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutHashes)
  if (typeof value === 'string') return value.replace(/^(#\/parameters\/\w+?)-[\w-]{8}$/, '$1')
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      name === 'x-kubernetes-group-version-kind' && Array.isArray(one)
        ? one.filter((identity: Json) => identity.kind !== 'DeleteOptions' || identity.group === '')
        : withoutHashes(one),
    ]),
  )
}

/** The rules of a user come in no order. */
function sortedRules(body: Json): Json {
  const status = body.status as Json | undefined
  if (!Array.isArray(status?.resourceRules) || !Array.isArray(status.nonResourceRules)) return body
  const sorted = (rules: readonly unknown[]): readonly unknown[] =>
    rules.toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1))
  const { resourceRules, nonResourceRules } = status
  return {
    ...body,
    status: { ...status, resourceRules: sorted(resourceRules), nonResourceRules: sorted(nonResourceRules) },
  }
}

/** What `/version` says about a build. */
const buildFacts = ['gitVersion', 'gitCommit', 'goVersion', 'compiler', 'platform']

/** `body` as it is compared, whichever side it came from. */
export function quieted(request: TraceRequest | undefined, body: unknown, options: QuietOptions): unknown {
  const names = new Set(['serverAddressByClientCIDRs', ...(request?.path === '/version' ? buildFacts : [])])
  if (options.ignoreManagedFields === true) names.add('managedFields')
  const quiet = without(body, names)
  if (typeof quiet === 'string' && request?.query?.verbose !== undefined) {
    return quiet.replaceAll(/^\[\+\][\w/.-]+ ok\n/gm, '') // the form of each line is matched by its removal
  }
  if (request === undefined || typeof quiet !== 'object' || quiet === null || Array.isArray(quiet)) return quiet
  const own = ownPart(request, quiet as Json)
  return request.path.startsWith('/openapi/') ? withoutHashes(own) : sortedRules(own)
}
