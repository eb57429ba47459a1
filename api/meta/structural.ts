/** Turns a zod schema into a structural OpenAPI v3 schema, as CustomResourceDefinitions and OpenAPI documents need it. */
import { z } from 'zod'

/** An OpenAPI v3 schema object. */
export type Schema = { readonly [key: string]: unknown }

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const largestInt32 = 2 ** 31 - 1
/** Bounds that an integer's format says already. */
const ofFormat: ReadonlySet<unknown> = new Set([
  Number.MIN_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER,
  -largestInt32 - 1,
  largestInt32,
])

/** What a member of zod's JSON schema becomes; undefined leaves it out. */
type Rewrite = (value: unknown, whole: Schema) => readonly (readonly [string, unknown])[]
const same =
  (name: string): Rewrite =>
  (value) => [[name, value]]
const nothing: Rewrite = () => []

const asMap = (value: unknown): unknown =>
  isSchema(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, structural(one)])) : value

const bound =
  (name: string): Rewrite =>
  (value, whole) =>
    whole.type === 'integer' && ofFormat.has(value) ? [] : [[name, value]]

/** Of all unions, structural schemas have only that of integer and string. */
/** kube-apiserver takes only keys that every item has: with others, a list is merged by Gantry's own server alone. */
function keysAreThere({ listMapKeys = [], items }: Schema): boolean {
  const { required = [], properties = {} } = (isSchema(items) ? items : {}) as Schema
  return (listMapKeys as readonly string[]).every(
    (key) =>
      (required as readonly string[]).includes(key) ||
      ((properties as Readonly<Record<string, Schema>>)[key]?.default ?? undefined) !== undefined,
  )
}

const intOrString: Rewrite = (options) => {
  const types = (options as readonly Schema[]).map(({ type }) => type).join()
  if (types !== 'integer,string') throw new Error(`no rule for a union of ${types}`)
  return [['x-kubernetes-int-or-string', true]]
}

/** Whether an object keeps members that it does not name. */
const isLoose = ({ properties, additionalProperties }: Schema): boolean =>
  properties !== undefined && isSchema(additionalProperties) && Object.keys(additionalProperties).length === 0

const rewrites: Readonly<Record<string, Rewrite>> = {
  type: same('type'),
  description: (text) => (text === '' ? [] : [['description', text]]),
  default: same('default'),
  enum: same('enum'),
  required: same('required'),
  nullable: same('nullable'),
  minItems: same('minItems'),
  maxItems: same('maxItems'),
  minLength: same('minLength'),
  maxLength: same('maxLength'),
  maxProperties: same('maxProperties'),
  multipleOf: same('multipleOf'),
  minimum: bound('minimum'),
  maximum: bound('maximum'),
  exclusiveMinimum: same('exclusiveMinimum'),
  exclusiveMaximum: same('exclusiveMaximum'),
  format: (value) => (value === '' ? [] : [['format', value === 'base64' ? 'byte' : value]]),
  contentEncoding: nothing,
  // a format says more than the expression zod implements it with
  pattern: (value, whole) => (whole.format === undefined ? [['pattern', value]] : []),
  properties: (value, whole) =>
    isLoose(whole) && Object.keys(value as object).length === 0 ? [] : [['properties', asMap(value)]],
  anyOf: intOrString,
  intOrString: (value) => [['x-kubernetes-int-or-string', value]],
  oneOf: (value) => [['oneOf', (value as readonly (readonly string[])[]).map((required) => ({ required }))]],
  items: (value) => [['items', structural(value)]],
  // properties and additionalProperties exclude each other; unknown members are pruned or refused by the server
  additionalProperties: (value, whole) =>
    isLoose(whole)
      ? [['x-kubernetes-preserve-unknown-fields', true]]
      : whole.properties === undefined && value !== false
        ? [['additionalProperties', structural(value)]]
        : [],
  // keys of maps are texts
  propertyNames: nothing,
  listType: (value, whole) => [['x-kubernetes-list-type', keysAreThere(whole) ? value : 'atomic']],
  preserveUnknown: (value) => [['x-kubernetes-preserve-unknown-fields', value]],
  mapType: (value) => [['x-kubernetes-map-type', value]],
  embeddedResource: (value) => [['x-kubernetes-embedded-resource', value]],
  validations: (value) => [['x-kubernetes-validations', value]],
  listMapKeys: (value, whole) => (keysAreThere(whole) ? [['x-kubernetes-list-map-keys', value]] : []),
  duplicates: nothing,
  keepsEmpty: nothing,
}

const integerFormat = (schema: Schema): string =>
  typeof schema.maximum === 'number' && schema.maximum <= largestInt32 ? 'int32' : 'int64'

/** Rewrites one schema object and all within; throws on what it does not know, rather than losing it. */
export function structural(schema: unknown): Schema {
  if (!isSchema(schema)) throw new Error(`not a schema: ${JSON.stringify(schema)}`)
  const entries = Object.entries(schema).flatMap(([name, value]) => {
    const rewrite = Object.hasOwn(rewrites, name) ? rewrites[name] : undefined
    if (rewrite === undefined) throw new Error(`no rule for ${name} in ${JSON.stringify(schema).slice(0, 200)}`)
    return rewrite(value, schema)
  })
  const result: Record<string, unknown> = Object.fromEntries(entries)
  if (result.type === 'integer' && schema.format === undefined) result.format = integerFormat(schema)
  if (result.type === undefined && result['x-kubernetes-int-or-string'] === undefined) {
    result['x-kubernetes-preserve-unknown-fields'] = true
  }
  return result
}

/** The structural schema of what a client may send for `schema`. */
export const structuralSchemaOf = (schema: z.ZodType): Schema =>
  structural(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline' }))
