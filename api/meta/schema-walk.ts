/** Looking into a zod schema: what a value of it may contain, without the wrappers that only say optional or default. */
import { type GlobalMeta, globalRegistry, type z } from 'zod'

type Def = { readonly type: string } & Readonly<Record<string, unknown>>
const defOf = (schema: z.core.$ZodType): Def => schema._zod.def as unknown as Def

const wrappers = new Set(['optional', 'nullable', 'default', 'prefault', 'nonoptional', 'readonly', 'catch'])

/** The schema inside optional, nullable, default and the like. */
export function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const def = defOf(schema)
  if (wrappers.has(def.type)) return unwrapped(def.innerType as z.core.$ZodType)
  if (def.type === 'pipe') return unwrapped(def.in as z.core.$ZodType)
  if (def.type === 'lazy') return unwrapped((def.getter as () => z.core.$ZodType)())
  return schema
}

/** Whether `null` is a value of the schema rather than the absence of one. */
export function takesNull(schema: z.core.$ZodType): boolean {
  const def = defOf(schema)
  if (def.type === 'nullable' || def.type === 'null' || def.type === 'unknown' || def.type === 'any') return true
  if (def.type === 'union') return (def.options as readonly z.core.$ZodType[]).some(takesNull)
  return wrappers.has(def.type) && takesNull(def.innerType as z.core.$ZodType)
}

/** The members of an object schema and whether it refuses others; undefined when it is none. */
export function membersOf(
  schema: z.core.$ZodType,
): { readonly shape: Readonly<Record<string, z.core.$ZodType>>; readonly closed: boolean } | undefined {
  const inner = unwrapped(schema)
  const def = defOf(inner)
  if (def.type !== 'object') return undefined
  const catchall = def.catchall as z.core.$ZodType | undefined
  return {
    shape: def.shape as Readonly<Record<string, z.core.$ZodType>>,
    closed: catchall !== undefined && defOf(catchall).type === 'never',
  }
}

/** The schema of a list's items; undefined when it is no list. */
export function itemOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const def = defOf(unwrapped(schema))
  return def.type === 'array' ? (def.element as z.core.$ZodType) : undefined
}

/** The schema of a map's values; undefined when it is no map. */
export function mapValueOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const def = defOf(unwrapped(schema))
  return def.type === 'record' ? (def.valueType as z.core.$ZodType) : undefined
}

/** The schema of the place that `steps` lead to. */
function schemaAt(schema: z.core.$ZodType, steps: readonly PropertyKey[]): z.core.$ZodType | undefined {
  let at: z.core.$ZodType | undefined = schema
  for (const step of steps) {
    if (at === undefined) return undefined
    at = typeof step === 'number' ? itemOf(at) : (membersOf(at)?.shape[String(step)] ?? mapValueOf(at))
  }
  return at
}

/** Whether the place that `steps` lead to takes whole numbers only. */
export function isIntegerAt(schema: z.core.$ZodType, steps: readonly PropertyKey[]): boolean {
  const at = schemaAt(schema, steps)
  return at !== undefined && defOf(unwrapped(at)).format === 'safeint'
}

const metas = new WeakMap<z.core.$ZodType, GlobalMeta>()

/** What `.meta()` says of a schema, at any layer. Remembered: schemas do not change. */
function metaOf(schema: z.core.$ZodType): GlobalMeta {
  const known = metas.get(schema)
  if (known !== undefined) return known
  const def = defOf(schema)
  const inner = wrappers.has(def.type) ? metaOf(def.innerType as z.core.$ZodType) : {}
  const meta = { ...inner, ...globalRegistry.get(schema) }
  metas.set(schema, meta)
  return meta
}

/** Whether objects of the schema have apiVersion, kind and metadata of their own. */
export const isEmbedded = (schema: z.core.$ZodType): boolean => metaOf(schema).embeddedResource === true

/** Whether the place that `steps` lead to takes a whole number or a text. */
export function isIntOrStringAt(schema: z.core.$ZodType, steps: readonly PropertyKey[]): boolean {
  const at = schemaAt(schema, steps)
  return at !== undefined && metaOf(at).intOrString === true
}

const withIdentity = new WeakMap<z.core.$ZodType, boolean>()

/** Whether `schema` has, at any depth, a list whose items may be there once. Remembered: schemas do not change. */
export function hasIdentifiedItems(schema: z.core.$ZodType): boolean {
  const known = withIdentity.get(schema)
  if (known !== undefined) return known
  withIdentity.set(schema, false)
  const meta = listMetaOf(schema)
  const inner = [itemOf(schema), mapValueOf(schema), ...Object.values(membersOf(schema)?.shape ?? {})]
  const found =
    (meta !== undefined && meta.listType !== 'atomic' && meta.duplicates !== 'kept') ||
    inner.some((one) => one !== undefined && hasIdentifiedItems(one))
  withIdentity.set(schema, found)
  return found
}

/** Kubernetes' list semantics of a schema, as its `.meta()` states them at any layer. */
export interface ListMeta {
  readonly listType: 'map' | 'set' | 'atomic'
  readonly listMapKeys: readonly string[]
  readonly duplicates: 'lastWins' | 'kept' | undefined
}

/** How items of the list are identified; undefined when the schema does not say (atomic). */
export function listMetaOf(schema: z.core.$ZodType): ListMeta | undefined {
  const { listType, listMapKeys = [], duplicates } = metaOf(schema)
  return listType === undefined ? undefined : { listType, listMapKeys, duplicates }
}

/** The value an absent member gets: undefined when it has no default. */
export function defaultOf(schema: z.core.$ZodType): unknown {
  const def = defOf(schema)
  if (def.type === 'default' || def.type === 'prefault') return def.defaultValue
  return wrappers.has(def.type) ? defaultOf(def.innerType as z.core.$ZodType) : undefined
}

/** Whether a member of this schema may be left out without getting a value. */
export function isOptional(schema: z.core.$ZodType): boolean {
  const def = defOf(schema)
  return def.type === 'optional' || (wrappers.has(def.type) && isOptional(def.innerType as z.core.$ZodType))
}

/** Whether empty text is a value of its own (a pointer in Go), as `.meta()` states it at any layer. */
export const keepsEmpty = (schema: z.core.$ZodType): boolean => metaWith(schema, 'keepsEmpty') === true

/** `string`, `number`, `boolean`, ... and `base64` for bytes. */
export function typeNameOf(schema: z.core.$ZodType): string {
  const def = defOf(unwrapped(schema))
  return def.format === 'base64' ? 'base64' : def.type
}

/** What `.meta()` says under `key` at any layer of the schema. */
function metaWith<K extends keyof GlobalMeta>(schema: z.core.$ZodType, key: K): GlobalMeta[K] | undefined {
  const here = globalRegistry.get(schema)?.[key]
  if (here !== undefined) return here
  const def = defOf(schema)
  return wrappers.has(def.type) ? metaWith(def.innerType as z.core.$ZodType, key) : undefined
}

/** Whether an object or map merges as a whole. */
export const mapTypeOf = (schema: z.core.$ZodType): 'atomic' | 'granular' => metaWith(schema, 'mapType') ?? 'granular'

/** The schema of members that an object schema does not name; undefined when it takes no others. */
export function catchallOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const def = defOf(unwrapped(schema))
  const catchall = def.type === 'object' ? (def.catchall as z.core.$ZodType | undefined) : undefined
  return catchall === undefined || defOf(catchall).type === 'never' ? undefined : catchall
}

const leafTypes: Readonly<Record<string, 'numeric' | 'string' | 'boolean'>> = {
  number: 'numeric',
  bigint: 'numeric',
  string: 'string',
  template_literal: 'string',
  boolean: 'boolean',
}

/** What a schema that is neither object, map nor list takes; `any` is any of these, undefined is any JSON. */
export function leafTypeOf(schema: z.core.$ZodType): 'numeric' | 'string' | 'boolean' | 'any' | undefined {
  const def = defOf(unwrapped(schema))
  if (def.type === 'enum') return leafTypes[typeof Object.values(def.entries as object)[0]]
  if (def.type === 'literal') return leafTypes[typeof (def.values as readonly unknown[])[0]]
  if (def.type !== 'union') return leafTypes[def.type]
  const options = (def.options as readonly z.core.$ZodType[]).filter((option) => defOf(option).type !== 'null')
  const [first, ...others] = options.map(leafTypeOf)
  if (first === undefined || others.includes(undefined)) return undefined
  return others.every((other) => other === first) ? first : 'any'
}
