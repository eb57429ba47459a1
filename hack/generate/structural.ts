/** Turns a zod schema into a structural OpenAPI v3 schema, as a CustomResourceDefinition needs it. */
import { z } from 'zod'

/** An OpenAPI v3 schema object. */
export type Schema = { readonly [key: string]: unknown }

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const largestInt32 = 2 ** 31 - 1
const isSafeIntegerBound = (value: unknown): boolean => Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER

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
  (value) =>
    isSafeIntegerBound(value) ? [] : [[name, value]]

const rewrites: Readonly<Record<string, Rewrite>> = {
  type: same('type'),
  description: same('description'),
  default: same('default'),
  enum: same('enum'),
  required: same('required'),
  nullable: same('nullable'),
  minItems: same('minItems'),
  maxItems: same('maxItems'),
  minLength: same('minLength'),
  maxLength: same('maxLength'),
  multipleOf: same('multipleOf'),
  minimum: bound('minimum'),
  maximum: bound('maximum'),
  format: same('format'),
  // a format says more than the expression zod implements it with
  pattern: (value, whole) => (whole.format === undefined ? [['pattern', value]] : []),
  properties: (value) => [['properties', asMap(value)]],
  items: (value) => [['items', structural(value)]],
  // properties and additionalProperties exclude each other; unknown members are pruned or refused by the server
  additionalProperties: (value, whole) =>
    whole.properties === undefined && value !== false ? [['additionalProperties', structural(value)]] : [],
  // keys of maps are texts
  propertyNames: nothing,
  listType: (value) => [['x-kubernetes-list-type', value]],
  listMapKeys: (value) => [['x-kubernetes-list-map-keys', value]],
  duplicates: nothing,
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
  if (result.type === 'integer') result.format = integerFormat(schema)
  if (result.type === undefined) result['x-kubernetes-preserve-unknown-fields'] = true
  return result
}

/** The structural schema of what a client may send for `schema`. */
export const structuralSchemaOf = (schema: z.ZodType): Schema =>
  structural(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline' }))
