/** The OpenAPI document of the second version: all groups in one, made from those of the third. Pure. */
import { createHash } from 'node:crypto'
import { isRecord } from '../../meta/json.ts'
import type { Document } from './documents.ts'
import type { Schema } from './fields.ts'

export interface Swagger {
  readonly swagger: '2.0'
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, Schema>>
  readonly definitions: Readonly<Record<string, Schema>>
  readonly parameters: Readonly<Record<string, Schema>>
  readonly securityDefinitions: Readonly<Record<string, Schema>>
  readonly security: readonly Schema[]
}

/** Keywords that the second version does not have, or that its readers do not expect. */
const unknownThere: ReadonlySet<string> = new Set(['default', 'nullable', 'anyOf', 'oneOf', 'allOf'])
/** What says nothing true about a value that may be null, or of which anything is kept. */
const shapes: ReadonlySet<string> = new Set(['type', 'properties', 'items', 'required', 'additionalProperties'])

const each = (map: object, change: (value: unknown) => unknown): Schema =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]))

/** A schema of the third version in the second's words. */
function older(schema: unknown): Schema {
  if (!isRecord(schema)) return {}
  const open = schema.nullable === true || schema['x-kubernetes-preserve-unknown-fields'] === true
  const kept = Object.entries(schema).filter(([name]) => !unknownThere.has(name) && !(open && shapes.has(name)))
  const [only] = (schema.allOf ?? []) as readonly unknown[]
  return {
    ...(only === undefined ? {} : older(only)),
    ...Object.fromEntries(kept.map(([name, value]) => [name, olderMember(name, value)])),
  }
}

function olderMember(name: string, value: unknown): unknown {
  switch (name) {
    case '$ref':
      return String(value).replace('#/components/schemas/', '#/definitions/')
    case 'properties':
      return each(value as object, older)
    case 'items':
    case 'additionalProperties':
      return older(value)
    default:
      return value
  }
}

interface Parameter extends Schema {
  readonly name: string
  readonly in: string
  readonly schema: Schema
}

const body = (schema: unknown, required: boolean): Schema => ({
  name: 'body',
  in: 'body',
  ...(required ? { required } : {}),
  schema: older(schema),
})

/** A query or path parameter: its schema's members become its own. */
const olderParameter = ({ schema, description, name, in: place, ...more }: Parameter): Schema => ({
  ...schema,
  description,
  name,
  in: place,
  ...more,
})

/** Parameters that stand in every operation as they are: Kubernetes' own document has them so. */
const inline: ReadonlySet<unknown> = new Set(['dryRun', 'fieldValidation', 'name'])
const isShared = ({ name, in: place, schema }: Schema): boolean =>
  place === 'body'
    ? String((schema as Schema).$ref).startsWith('#/definitions/io.k8s.apimachinery.')
    : !inline.has(name)

/** The document, from those of the groups and versions. */
export function swaggerOf(documents: readonly Document[]): Swagger {
  const parameters: Record<string, Schema> = {}

  const shared = (parameter: Schema): Schema => {
    if (!isShared(parameter)) return parameter
    const hash = createHash('sha224').update(JSON.stringify(parameter)).digest().subarray(0, 6).toString('base64url')
    const name = `${String(parameter.name)}-${hash}`
    parameters[name] = parameter
    return { $ref: `#/parameters/${name}` }
  }

  const olderOperation = (operation: Schema): Schema => {
    const { requestBody, responses, parameters: given, ...more } = operation
    const taken = isRecord(requestBody) ? (requestBody.content as Readonly<Record<string, Schema>>) : undefined
    const media = Object.keys(taken ?? {})
    const written = ['application/json', 'application/yaml']
    const all = [
      ...(taken === undefined
        ? []
        : [body(Object.values(taken)[0]?.schema, (requestBody as Schema).required === true)]),
      ...((given ?? []) as readonly Parameter[]).map(olderParameter),
    ]
    return {
      ...more,
      consumes: media.length === 0 ? written : media,
      produces: written,
      schemes: ['https'],
      ...(all.length === 0 ? {} : { parameters: all.map(shared) }),
      responses: each(responses as object, olderResponse),
    }
  }

  const olderPath = (path: unknown): Schema => {
    const { parameters: given, ...operations } = path as Schema
    return {
      ...each(operations, (operation) => olderOperation(operation as Schema)),
      ...(given === undefined ? {} : { parameters: (given as readonly Parameter[]).map(olderParameter).map(shared) }),
    }
  }

  const paths = each(Object.assign({}, ...documents.map((one) => one.paths)) as object, olderPath)
  const schemas = Object.assign({}, ...documents.map((one) => one.components.schemas)) as object
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: '1.34' },
    paths: paths as Swagger['paths'],
    definitions: each(schemas, older) as Swagger['definitions'],
    parameters: Object.fromEntries(Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    securityDefinitions: {
      BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' },
    },
    security: [{ BearerToken: [] }],
  }
}

function olderResponse(response: unknown): Schema {
  const { description, content } = response as Schema
  const [media] = Object.values((content ?? {}) as Readonly<Record<string, Schema>>)
  return { description, ...(media === undefined ? {} : { schema: older(media.schema) }) }
}
