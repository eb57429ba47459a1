/** How values merge and who may own which part of them: read off a zod schema once, then remembered. */
import type { z } from 'zod'
import { isRecord } from '../json.ts'
import {
  catchallOf,
  defaultOf,
  itemOf,
  leafTypeOf,
  listMetaOf,
  mapTypeOf,
  mapValueOf,
  membersOf,
} from '../schema-walk.ts'
import { keyElement, valueElement } from './path-element.ts'

export type ScalarType = 'numeric' | 'string' | 'boolean' | 'any'

export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: ScalarType }
  | MapType
  | ListType
  /** Any JSON: its maps are granular, its lists atomic. */
  | { readonly kind: 'deduced' }

/** An object or a map; without `rest` only its fields may occur. */
export interface MapType {
  readonly kind: 'map'
  readonly fields: ReadonlyMap<string, FieldType>
  readonly rest: FieldType | undefined
  readonly atomic: boolean
}

export interface ListType {
  readonly kind: 'list'
  readonly relation: 'map' | 'set' | 'atomic'
  readonly item: FieldType
  readonly keys: readonly string[]
  readonly keyDefaults: Readonly<Record<string, unknown>>
}

const deduced: FieldType = { kind: 'deduced' }
const types = new WeakMap<z.core.$ZodType, FieldType>()

/** The type of a schema's values. */
export function fieldTypeOf(schema: z.core.$ZodType): FieldType {
  const known = types.get(schema)
  if (known !== undefined) return known
  const type = read(schema)
  types.set(schema, type)
  return type
}

function read(schema: z.core.$ZodType): FieldType {
  const members = membersOf(schema)
  const value = mapValueOf(schema) ?? catchallOf(schema)
  if (members !== undefined || value !== undefined) {
    const shape = Object.entries(members?.shape ?? {})
    return {
      kind: 'map',
      fields: new Map(shape.map(([name, member]) => [name, fieldTypeOf(member)])),
      rest: value === undefined ? undefined : fieldTypeOf(value),
      atomic: mapTypeOf(schema) === 'atomic',
    }
  }
  const item = itemOf(schema)
  if (item === undefined) {
    const scalar = leafTypeOf(schema)
    return scalar === undefined ? deduced : { kind: 'scalar', scalar }
  }
  const meta = listMetaOf(schema)
  const keys = meta?.listMapKeys ?? []
  const shape = membersOf(item)?.shape ?? {}
  const defaults = keys.map((key) => [key, shape[key] === undefined ? undefined : defaultOf(shape[key])] as const)
  return {
    kind: 'list',
    relation: meta?.listType ?? 'atomic',
    item: fieldTypeOf(item),
    keys,
    keyDefaults: Object.fromEntries(defaults.filter(([, given]) => given !== undefined)),
  }
}

/** The type of a member; undefined when the map has no place for it. */
export const memberType = (type: MapType, name: string): FieldType | undefined => type.fields.get(name) ?? type.rest

/** What `type` means for `value`: any JSON is taken as what it is. */
export function typeFor(type: FieldType, value: unknown): Exclude<FieldType, { kind: 'deduced' }> {
  if (type.kind !== 'deduced') return type
  if (Array.isArray(value)) return anyList
  return isRecord(value) || value === null || value === undefined ? anyMap : anyScalar
}
const anyScalar = { kind: 'scalar', scalar: 'any' } as const
const anyMap: MapType = { kind: 'map', fields: new Map(), rest: deduced, atomic: false }
const anyList: ListType = { kind: 'list', relation: 'atomic', item: deduced, keys: [], keyDefaults: {} }

/** The step to an item of a list that is a map or a set; or, as `problem`, why the item has none. */
export function itemElement(
  type: ListType,
  item: unknown,
):
  | { readonly element: string; readonly problem?: undefined }
  | { readonly element?: undefined; readonly problem: string } {
  if (type.keys.length === 0) {
    if (Array.isArray(item)) return { problem: 'not supported: associative list with lists as elements' }
    if (isRecord(item)) return { problem: "associative list without keys has an element that's a map type" }
    if (item === null) return { problem: "associative list without keys has an element that's an explicit null" }
    return { element: valueElement(item) }
  }
  if (item === null) return { problem: 'associative list with keys may not have a null element' }
  if (!isRecord(item)) return { problem: 'associative list with keys may not have non-map elements' }
  const keys = type.keys
    .map((key) => [key, item[key] === undefined ? type.keyDefaults[key] : item[key]] as const)
    .filter(([, value]) => value !== undefined)
  if (keys.length > 0) return { element: keyElement(Object.fromEntries(keys)) }
  const named = type.keys.map((key) => JSON.stringify(key)).join(' ')
  return {
    problem: `associative list with keys has an element that omits all key fields [${named}] (and doesn't have default values for any key fields)`,
  }
}
