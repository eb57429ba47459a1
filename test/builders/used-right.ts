/** The right that a request to an API server uses. */
import type { Call } from '../../api/client/connection.ts'

const verbs = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const

/** What a request uses, as `update tasks/status`. */
export function usedBy({ method, path, query = {} }: Call): string {
  const [, , resource = '', name, subresource] =
    /^\/api(s\/[^/]+)?\/[^/]+\/(?:namespaces\/[^/]+\/(?!$))?([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path) ?? []
  const read = query.watch === 'true' ? 'watch' : name === undefined ? 'list' : 'get'
  return `${method === 'GET' ? read : verbs[method]} ${resource}${subresource === undefined ? '' : `/${subresource}`}`
}
