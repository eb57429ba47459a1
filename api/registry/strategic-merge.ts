/**
 * Strategic merge patches: as merge patches, but lists merge by what the schema says of their items, and members that begin
 * with `$` direct the merge. Kubernetes has them for its own kinds alone.
 */
import type { z } from 'zod'
import { Fault } from '../../lib/errors.ts'
import { isRecord } from '../meta/json.ts'
import { itemOf, listMetaOf, mapValueOf, membersOf } from '../meta/schema-walk.ts'

type Members = Readonly<Record<string, unknown>>
type Schema = z.core.$ZodType | undefined

const directive = '$patch'
const deleteFrom = '$deleteFromPrimitiveList/'
const elementOrder = '$setElementOrder/'
const retainKeys = '$retainKeys'

const bad = (why: string): Fault => new Fault('BadRequest', `error decoding patch: ${why}`)

const memberOf = (schema: Schema, name: string): Schema =>
  schema === undefined ? undefined : (mapValueOf(schema) ?? membersOf(schema)?.shape[name])

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Where each value comes first. */
const placesOf = (list: readonly unknown[]): ReadonlyMap<unknown, number> =>
  new Map(list.map((one, i) => [one, i] as const).reverse())

/**
 * Kubernetes' order of a merged list: what the patch names in its order, what only the object has in its own, and between
 * the two whoever came first in the object; what is new counts as first.
 */
function ordered<T>(
  merged: readonly T[],
  order: readonly unknown[],
  original: readonly unknown[],
  keyOf: (one: T) => unknown,
): T[] {
  const placeIn = (places: ReadonlyMap<unknown, number>, one: T | undefined): number =>
    (one === undefined ? undefined : places.get(keyOf(one))) ?? -1
  const [asked, before] = [placesOf(order), placesOf(original)]
  const named = merged.filter((one) => placeIn(asked, one) >= 0).sort((a, b) => placeIn(asked, a) - placeIn(asked, b))
  const others = merged.filter((one) => placeIn(asked, one) < 0)
  const result: T[] = []
  let [n, o] = [0, 0]
  while (n < named.length && o < others.length) {
    const isNamed = placeIn(before, named[n]) < placeIn(before, others[o])
    result.push((isNamed ? named[n++] : others[o++]) as T)
  }
  return [...result, ...named.slice(n), ...others.slice(o)]
}

/** Lists of plain values that are sets. */
function mergedSet(target: readonly unknown[], patch: readonly unknown[], removed: readonly unknown[], order: unknown) {
  const gone = new Set(removed)
  const merged = [...new Set([...target.filter((one) => !gone.has(one)), ...patch])]
  return ordered(merged, Array.isArray(order) ? order : patch, target, (one) => one)
}

/** Lists of objects that a key identifies. */
function mergedMap(
  schema: Schema,
  key: string,
  target: readonly unknown[],
  patch: readonly unknown[],
  order: unknown,
): readonly unknown[] {
  const identity = (one: unknown): unknown => (isRecord(one) ? one[key] : undefined)
  if (patch.some((one) => isRecord(one) && one[directive] === 'replace' && identity(one) === undefined)) {
    return patch.filter((one) => !(isRecord(one) && one[directive] === 'replace'))
  }
  const merged = [...target]
  const deleted = new Set<number>()
  /** Of each key the items that are there. */
  const places = new Map<unknown, number[]>()
  const placed = (one: unknown, at: number): void => {
    const same = places.get(identity(one))
    if (same === undefined) places.set(identity(one), [at])
    else same.push(at)
  }
  for (const [at, one] of target.entries()) placed(one, at)
  for (const one of patch) {
    if (!isRecord(one) || identity(one) === undefined)
      throw bad(`map: ${JSON.stringify(one)} does not contain declared merge key: ${key}`)
    const at = places.get(identity(one))?.[0]
    if (one[directive] === 'delete') {
      if (at !== undefined) deleted.add(at)
      places.get(identity(one))?.shift()
    } else if (at !== undefined) merged[at] = strategicMerge(schema, merged[at], one)
    else {
      placed(one, merged.length)
      merged.push(strategicMerge(schema, {}, one))
    }
  }
  const left = merged.filter((_, at) => !deleted.has(at))
  const names = (Array.isArray(order) ? order : patch).map(identity)
  return ordered(left, names, target.map(identity), identity)
}

function mergedList(schema: Schema, name: string, target: Members, patch: Members): readonly unknown[] {
  const given = listOf(patch[name])
  const meta = schema === undefined ? undefined : listMetaOf(schema)
  const before = listOf(target[name])
  const order = patch[elementOrder + name]
  const [key] = meta?.listMapKeys ?? []
  if (meta?.listType === 'map' && key !== undefined) {
    return mergedMap(schema === undefined ? undefined : itemOf(schema), key, before, given, order)
  }
  if (meta?.listType === 'set') return mergedSet(before, given, listOf(patch[deleteFrom + name]), order)
  const gone = new Set(listOf(patch[deleteFrom + name]))
  return Object.hasOwn(patch, name) ? given : before.filter((one) => !gone.has(one))
}

/** `target` of `schema` with `patch` merged in. Faults: BadRequest for a directive that nobody knows. */
export function strategicMerge(schema: Schema, target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch
  const { [directive]: how, ...given } = patch
  if (how === 'replace') return given
  if (how === 'delete') return {}
  if (how !== undefined && how !== 'merge') throw bad(`unknown patch type found: ${JSON.stringify(how)}`)
  const old: Members = isRecord(target) ? target : {}
  const kept = Array.isArray(given[retainKeys]) ? new Set<unknown>(given[retainKeys]) : undefined
  const result: Record<string, unknown> =
    kept === undefined ? { ...old } : Object.fromEntries(Object.entries(old).filter(([key]) => kept.has(key)))
  const lists = new Set(
    Object.keys(given).flatMap((key) => (key.startsWith(deleteFrom) ? [key.slice(deleteFrom.length)] : [])),
  )
  for (const key of new Set([...Object.keys(given).filter((name) => !name.startsWith('$')), ...lists])) {
    if (key === '__proto__') continue
    const value = given[key]
    const member = memberOf(schema, key)
    if (value === null) delete result[key]
    else if (Array.isArray(value) || lists.has(key)) result[key] = mergedList(member, key, old, given)
    else result[key] = strategicMerge(member, result[key], value)
  }
  return result
}
