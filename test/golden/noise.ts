/** Takes out of a body what the traces' README calls noise: other groups, addresses, names of health checks. */

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

/** The resources of a built-in group that Gantry serves too; a trace lists all of Kubernetes'. */
const sortedResources = (body: Json): Json =>
  Array.isArray(body.resources)
    ? { ...body, resources: (body.resources as Json[]).toSorted((a, b) => (String(a.name) < String(b.name) ? -1 : 1)) }
    : body

/** `body` as it is compared, whichever side it came from. */
export function quieted(request: TraceRequest | undefined, body: unknown, options: QuietOptions): unknown {
  const names = new Set(['serverAddressByClientCIDRs'])
  if (options.ignoreManagedFields === true) names.add('managedFields')
  const quiet = without(body, names)
  if (typeof quiet === 'string' && request?.query?.verbose !== undefined) {
    return quiet.replaceAll(/^\[\+\][\w/.-]+ ok\n/gm, '') // the form of each line is matched by its removal
  }
  return typeof quiet === 'object' && quiet !== null && !Array.isArray(quiet) ? sortedResources(quiet as Json) : quiet
}
