/** What a request wants in the words of authorization, from its method, path and query alone: as kube-apiserver reads them. */
import { type Attributes, pathAttributes, resourceAttributes } from '../../access/attributes.ts'
import type { User } from '../../access/user.ts'
import { flag } from './query.ts'

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** Parts of a namespace itself, whose paths look like those of resources in it. */
const namespaceParts: ReadonlySet<string> = new Set(['status', 'finalize'])

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** The one name that a field selector asks for. */
function selectedName(selector: string | undefined): string {
  if (selector === undefined || selector.includes('\\')) return ''
  const [, name = ''] = /(?:^|,)\s*metadata\.name==?([^,=!]*)\s*(?:,|$)/.exec(selector) ?? []
  return name.includes('/') || name.includes('%') || name === '.' || name === '..' ? '' : name
}

/** `pathname` as it is routed, still percent-encoded. */
export function requestInfo(user: User, method: string, pathname: string, query: URLSearchParams): Attributes {
  const other = (): Attributes => pathAttributes(user, method.toLowerCase(), pathname)
  const [root, ...segments] = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decoded)
  if (root !== 'api' && root !== 'apis') return other()
  const [group, ...rest] = root === 'api' ? ['', ...segments] : segments
  const [version, ...below] = rest
  if (group === undefined || version === undefined || below.length === 0) return other()
  // Kubernetes' older way to ask for a watch
  const watches = below[0] === 'watch'
  const after = watches ? below.slice(1) : below

  const within = after[0] === 'namespaces' && after[1] !== undefined
  const namespace = within ? (after[1] ?? '') : ''
  const inside = within && after[2] !== undefined && !namespaceParts.has(after[2])
  const [resource = '', name = '', subresource = ''] = inside ? after.slice(2) : after
  const verb = watches ? 'watch' : (verbs[method] ?? '')
  const common = { group, version, resource, subresource, namespace }
  if (name !== '') return resourceAttributes(user, { ...common, verb, name })
  if (verb === 'delete') return resourceAttributes(user, { ...common, verb: 'deletecollection' })
  if (verb !== 'get') return resourceAttributes(user, { ...common, verb })
  const fieldSelector = query.get('fieldSelector') ?? undefined
  return resourceAttributes(user, {
    ...common,
    verb: flag(query, 'watch') ? 'watch' : 'list',
    name: selectedName(fieldSelector),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  })
}
