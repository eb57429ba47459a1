/** Objects and lists in the form that was asked for: whole, as a table, or their metadata alone. */
import { Fault } from '../../../lib/errors.ts'
import { apiVersionOf, isNative, type Kind } from '../../meta/kind.ts'
import type { Resource } from '../../meta/object.ts'
import { bytesOf } from '../../registry/codec.ts'
import type { RegistryList } from '../../registry/list.ts'
import { scaleOf } from '../../registry/scale.ts'
import { Scale } from '../../v1/scale.ts'
import type { Asked, ResourceParts } from '../resources/asked.ts'
import { type Form, objectShape, type Shape } from './accept.ts'
import { json, jsonBytes } from './answer.ts'
import { partial, type RowObject, table } from './table.ts'

export const forms: readonly Form[] = ['object', 'Table', 'PartialObjectMetadata']
const comma = Buffer.from(',')
const listEnd = Buffer.from(']}')
const includes: readonly RowObject[] = ['None', 'Metadata', 'Object']

/** What of each object a row carries. Faults: BadRequest. */
export function includeOf(query: URLSearchParams): RowObject {
  const given = query.get('includeObject') || 'Metadata'
  const found = includes.find((one) => one === given)
  if (found !== undefined) return found
  const why = `includeObject: Invalid value: ${JSON.stringify(given)}: must be 'Metadata', 'Object', 'None', or empty`
  throw new Fault('BadRequest', `Unable to convert to Table as requested: ${why}`)
}

/** The shape that the client accepts. Faults: NotAcceptable. */
export const shapeFor = ({ request, target: { kind } }: Asked): Shape =>
  objectShape(request.headers.get('accept') ?? undefined, forms, isNative(kind))

/** An object, or what of it was asked for, in the form that was asked for. */
export function objectAnswer(parts: ResourceParts, asked: Asked, whole: Resource, status = 200): Response {
  const isScale = asked.target.subresource === 'scale'
  const kind = isScale ? (Scale as unknown as Kind) : asked.target.kind
  const object = isScale ? scaleOf(asked.target.kind, whole) : whole
  const { form, version, asList } = shapeFor(asked)
  if (form === 'Table') {
    const metadata = { resourceVersion: object.metadata.resourceVersion }
    const options = { include: includeOf(asked.query), columns: true, version }
    return json(table(kind, [object], metadata, options, parts.clock.now()), status)
  }
  if (form === 'PartialObjectMetadata') {
    if (asList) throw new Fault('BadRequest', 'content is not a list')
    return json(partial(object, version), status)
  }
  const { resourceVersion, ...metadata } = object.metadata
  // what a dry run made has no version
  return resourceVersion === '' ? json({ ...object, metadata }, status) : jsonBytes(bytesOf(object), status)
}

const brace = Buffer.from('{')

/** An object as an item of a list: of Kubernetes' own kinds the items say no apiVersion and kind. */
function itemBytes(kind: Kind, object: Resource): readonly Buffer[] {
  const bytes = bytesOf(object)
  if (!isNative(kind)) return [bytes]
  const typed = Buffer.from(`{"apiVersion":"${apiVersionOf(kind)}","kind":"${kind.kind}",`)
  return bytes.subarray(0, typed.length).equals(typed) ? [brace, bytes.subarray(typed.length)] : [bytes]
}

/** A list in the form that was asked for. */
export function listAnswer(parts: ResourceParts, asked: Asked, list: RegistryList<Resource>): Response {
  const { kind } = asked.target
  const { form, version, asList } = shapeFor(asked)
  const metadata = {
    resourceVersion: list.resourceVersion,
    ...(list.continue === undefined ? {} : { continue: list.continue }),
    ...(list.remainingItemCount === undefined ? {} : { remainingItemCount: list.remainingItemCount }),
  }
  switch (form) {
    case 'Table': {
      const options = { include: includeOf(asked.query), columns: true, version }
      return json(table(kind, list.items, metadata, options, parts.clock.now()))
    }
    case 'PartialObjectMetadata': {
      if (!asList) {
        const why = 'but the requested object is a list (*unstructured.UnstructuredList)'
        throw new Fault('NotAcceptable', `you requested PartialObjectMetadata, ${why}`)
      }
      return json({
        kind: 'PartialObjectMetadataList',
        apiVersion: `meta.k8s.io/${version}`,
        metadata,
        items: list.items.length === 0 ? null : list.items.map((object) => partial(object, version)),
      })
    }
    default: {
      // Lists of custom resources always have the member.
      const whole = isNative(kind) ? metadata : { continue: '', ...metadata }
      const head = JSON.stringify({ kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata: whole })
      // Each object's bytes are made once for all lists and watches that carry it.
      const items = list.items.flatMap((object, i) => [...(i === 0 ? [] : [comma]), ...itemBytes(kind, object)])
      return jsonBytes(Buffer.concat([Buffer.from(`${head.slice(0, -1)},"items":[`), ...items, listEnd]))
    }
  }
}
