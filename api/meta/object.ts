/** The envelope that every resource shares: apiVersion, kind and Kubernetes' ObjectMeta. */
import { z } from 'zod'

const time = z.iso.datetime({ offset: true })

/** What is left out is empty, as Kubernetes reads it, and refused as such with all else that is wrong. */
export const OwnerReference = z
  .strictObject({
    apiVersion: z.string().default('').describe('API version of the owner.'),
    kind: z.string().default('').describe('Kind of the owner.'),
    name: z.string().default('').describe('Name of the owner.'),
    uid: z.string().default('').describe('UID of the owner.'),
    controller: z.boolean().optional().describe('Whether the owner is the managing controller; at most one is.'),
    blockOwnerDeletion: z
      .boolean()
      .optional()
      .describe('Whether a foreground deletion of the owner waits for this object.'),
  })
  .meta({ mapType: 'atomic' })
export type OwnerReference = z.output<typeof OwnerReference>

export const ManagedFieldsEntry = z.strictObject({
  manager: z.string().optional().describe('Who set the fields.'),
  operation: z.string().optional().describe('Apply or Update.'),
  apiVersion: z.string().optional().describe('Version the fields are named in.'),
  time: z.string().optional().describe('When the entry last changed.'),
  fieldsType: z.string().optional().describe('FieldsV1.'),
  fieldsV1: z.record(z.string(), z.unknown()).optional().describe('The set of fields.'),
  subresource: z.string().optional().describe('The subresource the fields were set through.'),
})

/** Kubernetes' ObjectMeta as clients may send it; the registry fills what the server owns. */
export const ObjectMeta = z.strictObject({
  name: z.string().default('').describe('Unique within the namespace.'),
  generateName: z.string().optional().describe('Prefix from which the server makes a unique name when name is empty.'),
  namespace: z.string().optional().describe('The cluster that the object belongs to; empty for cluster-scoped kinds.'),
  uid: z.string().default('').describe('Unique in time and space; set by the server.'),
  resourceVersion: z.string().default('').describe('Opaque version for optimistic concurrency; set by the server.'),
  generation: z.int().optional().describe('Counts changes of the desired state; set by the server.'),
  creationTimestamp: time.nullable().optional().describe('When the object was created; set by the server.'),
  deletionTimestamp: time.optional().describe('When deletion was asked for; set by the server.'),
  deletionGracePeriodSeconds: z.int().optional().describe('Set by the server together with deletionTimestamp.'),
  labels: z.record(z.string(), z.string()).optional().describe('Keys and values to select objects by.'),
  annotations: z.record(z.string(), z.string()).optional().describe('Keys and values for tools and people.'),
  finalizers: z
    .array(z.string())
    .meta({ listType: 'set', duplicates: 'kept' })
    .optional()
    .describe('Must be empty before the object is really removed.'),
  ownerReferences: z
    .array(OwnerReference)
    .meta({ listType: 'map', listMapKeys: ['uid'], duplicates: 'kept' })
    .optional()
    .describe('Objects this one depends on; it is removed with the last of them.'),
  managedFields: z.array(ManagedFieldsEntry).optional().describe('Who owns which field, for server-side apply.'),
  selfLink: z.string().optional().describe('Deprecated; ignored.'),
})
export type ObjectMeta = z.output<typeof ObjectMeta>

/** What all resources have in common. */
export interface Resource {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec?: unknown
  readonly status?: unknown
}

/** Where an object is: namespace (empty for cluster-scoped kinds) and name. */
export interface ObjectKey {
  readonly namespace: string
  readonly name: string
}

export const keyOf = (object: {
  readonly metadata: { readonly namespace?: string | undefined; readonly name: string }
}): ObjectKey => ({
  namespace: object.metadata.namespace ?? '',
  name: object.metadata.name,
})

/** `namespace/name`, or just `name` when cluster-scoped: the spelling used in queues and logs. */
export const keyText = (key: ObjectKey): string => (key.namespace === '' ? key.name : `${key.namespace}/${key.name}`)
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/')
  return slash < 0 ? { namespace: '', name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) }
}

/** What a client sends to create an object: everything but what the server sets. */
export type Draft<T extends Resource> = Omit<T, 'apiVersion' | 'kind' | 'metadata'> & {
  readonly metadata: Partial<ObjectMeta> & ({ readonly name: string } | { readonly generateName: string })
}

/** The reference by which `owner` controls another object: it is removed with the owner. */
export const controllerReference = (owner: Resource): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
})

/** The owner that manages `object`, if any. */
export const controllerOf = (object: Resource): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((reference) => reference.controller === true)

/** Whether a finalizer, its own or (of a Namespace) one of its content, keeps an object that is deleted. */
export const hasFinalizers = ({ metadata, spec }: Resource): boolean =>
  (metadata.finalizers ?? []).length > 0 ||
  ((spec as { readonly finalizers?: readonly unknown[] } | undefined)?.finalizers ?? []).length > 0

export const isDeleting = (object: Resource): boolean => object.metadata.deletionTimestamp !== undefined
