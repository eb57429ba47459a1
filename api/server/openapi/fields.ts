/** Builders for the definitions of OpenAPI documents, in the third version's form. Pure. */
import type { Schema } from '../../meta/structural.ts'

export type { Schema } from '../../meta/structural.ts'

const metaPackage = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const autoscalingPackage = 'io.k8s.api.autoscaling.v1'

/** Full names of definitions: `io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta`. */
export const metaName = (name: string): string => `${metaPackage}.${name}`
export const autoscalingName = (name: string): string => `${autoscalingPackage}.${name}`

export const refTo = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

export const text = (description: string): Schema => ({ description, type: 'string' })
/** A text that Kubernetes' own types always have. */
export const given = (description: string): Schema => ({ description, type: 'string', default: '' })
export const flag = (description: string): Schema => ({ description, type: 'boolean' })
export const int32 = (description: string): Schema => ({ description, type: 'integer', format: 'int32' })
export const int64 = (description: string): Schema => ({ description, type: 'integer', format: 'int64' })

const part = (name: string, description: string, more: Schema): Schema => ({
  description,
  allOf: [refTo(name)],
  ...more,
})
export const metaPart = (description: string, name: string, more: Schema = {}): Schema =>
  part(metaName(name), description, more)
export const autoscalingPart = (description: string, name: string, more: Schema = {}): Schema =>
  part(autoscalingName(name), description, more)

export const listOf = (description: string, name: string, more: Schema): Schema => ({
  description,
  type: 'array',
  items: { default: {}, allOf: [refTo(metaName(name))] },
  ...more,
})

const conventions = 'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md'

/** Every object's first two members. */
export const typeMeta: Readonly<Record<'apiVersion' | 'kind', Schema>> = {
  apiVersion: text(
    `APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: ${conventions}#resources`,
  ),
  kind: text(
    `Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: ${conventions}#types-kinds`,
  ),
}

/** The metadata of an object, and of a list. */
export const objectMetadata: Schema = metaPart(
  `Standard object's metadata. More info: ${conventions}#metadata`,
  'ObjectMeta',
)
export const listMetadata: Schema = metaPart(
  `Standard list metadata. More info: ${conventions}#types-kinds`,
  'ListMeta',
)

/** An object inside an object: what it has besides its own members. */
export const embeddedMembers: Readonly<Record<'apiVersion' | 'kind' | 'metadata', Schema>> = {
  apiVersion: text(
    `apiVersion defines the versioned schema of this representation of an object. More info: ${conventions}#resources`,
  ),
  kind: text(
    `kind is a string value representing the type of this object. In CamelCase. More info: ${conventions}#types-kinds`,
  ),
  metadata: objectMetadata,
}

/** What a list's items are. */
export const listItems = (plural: string, name: string): Schema => ({
  description: `List of ${plural}. More info: ${conventions}`,
  type: 'array',
  items: refTo(name),
})
