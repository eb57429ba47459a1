/**
 * What kubectl reads whatever discovery says, of kinds that are not kept here: there are none, and an empty list is the whole
 * truth. Without it `kubectl cluster-info` fails, and `kubectl describe namespace` says less than it knows.
 */
import { groupResource, type Kind } from '../../meta/kind.ts'
import { Service } from '../../v1/service.ts'

const emptyList = (kind: string): object => ({ kind, apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [] })

/** Whether a list of Gantry's services is really one of the cluster's own: kubectl looks for the resource `services`. */
export const asksForClusterServices = (kind: Kind, query: URLSearchParams): boolean =>
  groupResource(kind) === groupResource(Service) && query.get('labelSelector') === 'kubernetes.io/cluster-service=true'

/** The services of a cluster without add-ons, which are read as core/v1. */
export const noClusterServices = emptyList('ServiceList')

const bounds: Readonly<Record<string, string>> = { resourcequotas: 'ResourceQuotaList', limitranges: 'LimitRangeList' }

/** What bounds a namespace, for the path of such a list. */
export function noBounds(path: string): object | undefined {
  const [, resource = ''] = /^\/api\/v1\/namespaces\/[^/]+\/(\w+)$/.exec(path) ?? []
  const kind = Object.hasOwn(bounds, resource) ? bounds[resource] : undefined
  return kind === undefined ? undefined : emptyList(kind)
}
