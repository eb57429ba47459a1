/** Objects and lists in the form that was asked for: whole, as a table, or their metadata alone. */
import { Fault } from '../../lib/errors.ts'
import { apiVersionOf, type Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { jsonOf } from '../registry/codec.ts'
import type { RegistryList } from '../registry/list.ts'
import { scaleOf } from '../registry/scale.ts'
import { Scale } from '../v1/scale.ts'
import { type Form, objectForm } from './accept.ts'
import { json, jsonText } from './answer.ts'
import type { Asked, ResourceParts } from './asked.ts'
import { partial, type RowObject, table } from './table.ts'
import { isBuiltIn } from './target.ts'

export const forms: readonly Form[] = ['object', 'Table', 'PartialObjectMetadata']
const includes: readonly RowObject[] = ['None', 'Metadata', 'Object']

/** What of each object a row carries. Faults: BadRequest. */
export function includeOf(query: URLSearchParams): RowObject {
  const given = query.get('includeObject') ?? 'Metadata'
  const found = includes.find((one) => one === given)
  if (found === undefined) throw new Fault('BadRequest', `includeObject must be one of ${includes.join(', ')}`)
  return found
}

/** The form that the client accepts. Faults: NotAcceptable. */
export const formFor = ({ request, target: { kind } }: Asked): Form =>
  objectForm(request.headers.get('accept') ?? undefined, forms, isBuiltIn(kind.group))

/** An object, or what of it was asked for, in the form that was asked for. */
export function objectAnswer(parts: ResourceParts, asked: Asked, whole: Resource, status = 200): Response {
  const isScale = asked.target.subresource === 'scale'
  const kind = isScale ? (Scale as unknown as Kind) : asked.target.kind
  const object = isScale ? scaleOf(asked.target.kind, whole) : whole
  const form = formFor(asked)
  if (form === 'Table') {
    const metadata = { resourceVersion: object.metadata.resourceVersion }
    const options = { include: includeOf(asked.query), columns: true }
    return json(table(kind, [object], metadata, options, parts.clock.now()), status)
  }
  if (form === 'PartialObjectMetadata') return json(partial(object), status)
  const { resourceVersion, ...metadata } = object.metadata
  // what a dry run made has no version
  return resourceVersion === '' ? json({ ...object, metadata }, status) : jsonText(jsonOf(object), status)
}

/** A list in the form that was asked for. */
export function listAnswer(parts: ResourceParts, asked: Asked, list: RegistryList<Resource>): Response {
  const { kind } = asked.target
  const metadata = {
    resourceVersion: list.resourceVersion,
    ...(list.continue === undefined ? {} : { continue: list.continue }),
    ...(list.remainingItemCount === undefined ? {} : { remainingItemCount: list.remainingItemCount }),
  }
  switch (formFor(asked)) {
    case 'Table': {
      const options = { include: includeOf(asked.query), columns: true }
      return json(table(kind, list.items, metadata, options, parts.clock.now()))
    }
    case 'PartialObjectMetadata':
      return json({
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata,
        items: list.items.map(partial),
      })
    default: {
      // Each object's text is made once for all lists and watches that carry it.
      const head = JSON.stringify({ kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata })
      return jsonText(`${head.slice(0, -1)},"items":[${list.items.map(jsonOf).join(',')}]}`)
    }
  }
}
