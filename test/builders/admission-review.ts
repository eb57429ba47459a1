/** Reviews as a kube-apiserver sends them to a webhook. */
import type { Resource } from '../../api/meta/object.ts'

/** Without `object` a deletion, without `old` a creation. */
export interface AskedReview {
  readonly object?: Resource | null
  readonly old?: Resource | null
  /** Other members of the request. */
  readonly over?: object
}

/** As kube-apiserver 1.34 sends it, members included that nobody here reads. */
export function admissionReview({ object = null, old = null, over = {} }: AskedReview): string {
  const about = (object ?? old) as Resource
  const [group = '', version] = about.apiVersion.split('/')
  const resource = { group, version, resource: `${about.kind.toLowerCase()}s` }
  const stamped = (one: Resource | null): object | null =>
    one === null
      ? null
      : {
          ...one,
          metadata: {
            ...one.metadata,
            managedFields: [
              {
                manager: 'kubectl',
                operation: 'Apply',
                apiVersion: about.apiVersion,
                time: '2026-01-01T00:00:00Z',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:spec': {} },
              },
            ],
          },
        }
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group, version, kind: about.kind },
      resource,
      requestKind: { group, version, kind: about.kind },
      requestResource: resource,
      name: about.metadata.name,
      namespace: about.metadata.namespace,
      operation: object === null ? 'DELETE' : old === null ? 'CREATE' : 'UPDATE',
      userInfo: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
      object: stamped(object),
      oldObject: stamped(old),
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...over,
    },
  })
}
