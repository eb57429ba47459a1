/**
 * What `kubectl cluster-info` asks for: the services of the cluster itself. It looks for the resource `services`, which is ours
 * here, and reads the answer as core/v1: an empty list of that is what a cluster without add-ons has.
 */
import { groupResource, type Kind } from '../meta/kind.ts'
import { Service } from '../v1/service.ts'

export const asksForClusterServices = (kind: Kind, query: URLSearchParams): boolean =>
  groupResource(kind) === groupResource(Service) && query.get('labelSelector') === 'kubernetes.io/cluster-service=true'

export const noClusterServices = {
  kind: 'ServiceList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '1' },
  items: [],
}
