/** Who did what, with what outcome: one JSON line a request, without bodies and queries, so that no secret is in it. */
import { between, type Instant, milliTimestamp } from '../../../lib/time.ts'
import type { Attributes } from '../../access/attributes.ts'
import type { User } from '../../access/user.ts'

/** What became known of a request on its way. */
export interface Audited {
  readonly method: string
  readonly path: string
  readonly source: string | undefined
  readonly agent: string | undefined
  /** Whose credentials it came with; undefined when they were wrong. */
  user?: User
  /** As whom, and what; undefined when it was refused before. */
  wanted?: Attributes
}

const probes: ReadonlySet<string> = new Set(['/livez', '/readyz', '/healthz'])

/** Probes and heartbeats that succeed come every few seconds from every agent: they would push out all that matters. */
function isRoutine({ path, wanted }: Audited, code: number): boolean {
  if (code >= 400) return false
  return probes.has(path) || (wanted?.resource === 'leases' && wanted.verb !== 'create' && wanted.verb !== 'delete')
}

const said = (text: string | undefined): string | undefined => (text === undefined || text === '' ? undefined : text)

function objectOf(wanted: Attributes | undefined): object | undefined {
  if (wanted?.isResourceRequest !== true) return undefined
  const { group, version, resource, subresource, namespace, name } = wanted
  return {
    group: said(group),
    version,
    resource,
    subresource: said(subresource),
    namespace: said(namespace),
    name: said(name),
  }
}

/** The line about a request that was answered with `code`; undefined when it is not worth one. Of streams, their begin. */
export function auditLine(audited: Audited, code: number, from: Instant, to: Instant): string | undefined {
  if (isRoutine(audited, code)) return undefined
  const { method, path, source, agent, user, wanted } = audited
  const acting = wanted?.user
  return JSON.stringify({
    time: milliTimestamp(from),
    user: user?.name,
    groups: user?.groups,
    impersonated: acting === undefined || acting === user ? undefined : acting.name,
    verb: wanted?.verb ?? method.toLowerCase(),
    path,
    object: objectOf(wanted),
    outcome: code < 400 ? 'allowed' : code === 401 || code === 403 ? 'denied' : code < 500 ? 'refused' : 'failed',
    code,
    latencyMs: between(from, to),
    source,
    agent: said(agent?.slice(0, 200)),
  })
}
