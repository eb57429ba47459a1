/**
 * OpenAPI documents in protobuf, as kubectl asks for the second version: messages of gnostic's `openapi.v2` and
 * `openapi.v3`, with the members that our documents have. What is a map there is a list of named values.
 */
import { isRecord } from '../../meta/json.ts'

type Json = Readonly<Record<string, unknown>>
type Message = Record<string, unknown>

/** Without what is absent: protobuf's writer takes a member for set when it is there. */
const message = (members: Message): Message =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

const named = (map: unknown, change: (value: Json) => unknown): Message[] | undefined =>
  isRecord(map) ? Object.entries(map).map(([name, value]) => ({ name, value: change(value as Json) })) : undefined

const properties = (map: unknown, change: (value: Json) => unknown): Message | undefined => {
  const additionalProperties = named(map, change)
  return additionalProperties === undefined ? undefined : { additionalProperties }
}

const list = (values: unknown, change: (value: Json) => unknown): unknown[] | undefined =>
  Array.isArray(values) ? values.map((value: Json) => change(value)) : undefined

/** Any value as YAML, of which JSON is a part. */
const any = (value: unknown): Message => ({ yaml: `${JSON.stringify(value)}\n` })

/** The members whose names begin with `x-`. */
function extensions(object: Json): Message[] | undefined {
  const found = Object.entries(object).filter(([name]) => name.startsWith('x-'))
  return found.length === 0 ? undefined : found.map(([name, value]) => ({ name, value: any(value) }))
}

/** Members of a schema that both versions write alike. */
const bounds = (schema: Json): Message => {
  const { format, description, pattern, required, multipleOf, uniqueItems } = schema
  const { maximum, minimum, maxLength, minLength, maxItems, minItems, maxProperties, minProperties } = schema
  const { exclusiveMaximum, exclusiveMinimum } = schema
  return {
    ...{ format, description, pattern, required, multipleOf, uniqueItems, exclusiveMaximum, exclusiveMinimum },
    ...{ maximum, minimum, maxLength, minLength, maxItems, minItems, maxProperties, minProperties },
    enum: list(schema.enum, any),
  }
}

const schema2 = (schema: Json): Message =>
  message({
    Ref: schema.$ref,
    ...bounds(schema),
    type: schema.type === undefined ? undefined : { value: [schema.type] },
    items: isRecord(schema.items) ? { schema: [schema2(schema.items)] } : undefined,
    properties: properties(schema.properties, schema2),
    additionalProperties: isRecord(schema.additionalProperties)
      ? { schema: schema2(schema.additionalProperties) }
      : undefined,
    vendorExtension: extensions(schema),
  })

function parameter2(parameter: Json): Message {
  const { name, in: place, description, required, type, uniqueItems } = parameter
  if (place === 'body') {
    return { bodyParameter: message({ name, in: place, required, schema: schema2(parameter.schema as Json) }) }
  }
  const member = place === 'path' ? 'pathParameterSubSchema' : 'queryParameterSubSchema'
  return { nonBodyParameter: { [member]: message({ name, in: place, description, required, type, uniqueItems }) } }
}

const parameterItem2 = (parameter: Json): Message =>
  parameter.$ref === undefined ? { parameter: parameter2(parameter) } : { jsonReference: { Ref: parameter.$ref } }

const response2 = ({ description, schema }: Json): Message => ({
  response: message({ description, schema: isRecord(schema) ? { schema: schema2(schema) } : undefined }),
})

const operation2 = (operation: Json): Message => {
  const { tags, description, operationId, consumes, produces, schemes, parameters, responses } = operation
  return message({
    ...{ tags, description, operationId, consumes, produces, schemes },
    parameters: list(parameters, parameterItem2),
    responses: { responseCode: named(responses, response2) },
    vendorExtension: extensions(operation),
  })
}

const methods = ['get', 'put', 'post', 'delete', 'patch'] as const
const operations = (path: Json, change: (operation: Json) => unknown): Message =>
  Object.fromEntries(methods.map((method) => [method, isRecord(path[method]) ? change(path[method]) : undefined]))

const path2 = (path: Json): Message =>
  message({ ...operations(path, operation2), parameters: list(path.parameters, parameterItem2) })

/** The document of the second version as a message of `openapi.v2.Document`. */
export const documentMessage2 = (document: Json): Message => ({
  swagger: document.swagger,
  info: document.info,
  paths: { path: named(document.paths, path2) },
  definitions: properties(document.definitions, schema2),
  parameters: properties(document.parameters, parameter2),
  security: list(document.security, (one) => properties(one, (value) => ({ value }))),
  securityDefinitions: properties(document.securityDefinitions, (apiKeySecurity) => ({ apiKeySecurity })),
})

const schemaOrReference = (schema: Json): Message =>
  schema.$ref === undefined ? { schema: schema3(schema) } : { reference: { Ref: schema.$ref } }

/** Defaults that are objects or lists have no place in this message. */
function default3(value: unknown): Message | undefined {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return { [typeof value]: value }
    default:
      return undefined
  }
}

function schema3(schema: Json): Message {
  const { nullable, type } = schema
  return message({
    ...{ nullable, type },
    ...bounds(schema),
    default: default3(schema.default),
    allOf: list(schema.allOf, schemaOrReference),
    anyOf: list(schema.anyOf, schemaOrReference),
    oneOf: list(schema.oneOf, schemaOrReference),
    items: isRecord(schema.items) ? { schemaOrReference: [schemaOrReference(schema.items)] } : undefined,
    properties: properties(schema.properties, schemaOrReference),
    additionalProperties: isRecord(schema.additionalProperties)
      ? { schemaOrReference: schemaOrReference(schema.additionalProperties) }
      : undefined,
    specificationExtension: extensions(schema),
  })
}

const content3 = (content: unknown): Message | undefined =>
  properties(content, ({ schema }) => ({ schema: schemaOrReference(schema as Json) }))

const parameter3 = ({ name, in: place, description, required, schema }: Json): Message => ({
  parameter: message({ name, in: place, description, required, schema: schemaOrReference(schema as Json) }),
})

const operation3 = (operation: Json): Message => {
  const { tags, description, operationId, parameters, requestBody: body, responses } = operation
  return message({
    ...{ tags, description, operationId },
    parameters: list(parameters, parameter3),
    requestBody: isRecord(body)
      ? { requestBody: message({ content: content3(body.content), required: body.required }) }
      : undefined,
    responses: {
      responseOrReference: named(responses, (one) => ({
        response: message({ description: one.description, content: content3(one.content) }),
      })),
    },
    specificationExtension: extensions(operation),
  })
}

const path3 = (path: Json): Message =>
  message({ ...operations(path, operation3), parameters: list(path.parameters, parameter3) })

/** A document of the third version as a message of `openapi.v3.Document`. */
export const documentMessage3 = (document: Json): Message => ({
  openapi: document.openapi,
  info: document.info,
  paths: { path: named(document.paths, path3) },
  components: { schemas: properties((document.components as Json).schemas, schemaOrReference) },
})
