/** What surrounds every Kubernetes object in protobuf: four magic bytes and a runtime.Unknown with type and bytes. */

export const protobufType = 'application/vnd.kubernetes.protobuf'

/** `k8s` and a zero. */
export const magic = Uint8Array.of(0x6b, 0x38, 0x73, 0x00)

/** Numbers of the fields of runtime.Unknown and its TypeMeta. */
export const unknownFields = { typeMeta: 1, raw: 2, contentEncoding: 3, contentType: 4 } as const
export const typeFields = { apiVersion: 1, kind: 2 } as const

/** Tags' wire types. */
export const wire = { varint: 0, bytes: 2 } as const
