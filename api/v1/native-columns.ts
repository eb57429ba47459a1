/** Table columns that Kubernetes' own kinds share, in Kubernetes' words. */
import type { PrinterColumn } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'

/** How long an object exists. */
export const ageColumn: PrinterColumn = {
  name: 'Age',
  type: 'string',
  jsonPath: '.metadata.creationTimestamp',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
  value: ({ metadata }: Resource, since) => since(metadata.creationTimestamp),
}

/** When an object was made, as a time. */
export const createdAtColumn: PrinterColumn = {
  ...ageColumn,
  name: 'Created At',
  type: 'date',
  value: ({ metadata }: Resource) => metadata.creationTimestamp,
}

/** The object's name, for tables where it is not the first column. */
export const nameColumn: PrinterColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  jsonPath: '.metadata.name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
}
