/**
 * Sets of fields. A set is its own FieldsV1: an object with a member for each first step of a path. What is below a step is
 * a set again; a step with nothing below is a field of the set, one with something below is when it has the member `.`.
 * Sets are never changed but by `insert` while they are made; operations share what they can with their operands.
 */
import { canonicalElement, compareElements, shownElement } from './path-element.ts'

export interface FieldSet {
  readonly [element: string]: FieldSet
}

interface Growing {
  [element: string]: FieldSet
}

const own = '.'
/** The set of no fields; as a member, a field with nothing below. */
export const noFields: FieldSet = Object.freeze({})

/** Whether the set has no fields. */
export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false
  return true
}
const isMember = (node: FieldSet): boolean => own in node || isEmptySet(node)

/** What is below a step, without the step itself. */
function inner(node: FieldSet): FieldSet {
  if (!(own in node)) return node
  const { [own]: _, ...rest } = node
  return rest
}

/** A step's node; undefined when there is neither a field nor anything below. */
function nodeOf(member: boolean, below: FieldSet): FieldSet | undefined {
  if (isEmptySet(below)) return member ? noFields : undefined
  return member && !(own in below) ? { [own]: noFields, ...below } : below
}

const mutable = (set: FieldSet): Growing => set as Growing

/**
 * Adds the field that `path` leads to, in place, to a set that only this has made. The path is not empty. What has nothing
 * below is `noFields` itself: looking whether an object is empty takes as long as it has members.
 */
export function insert(set: FieldSet, path: readonly string[]): void {
  let at = mutable(set)
  const last = path.length - 1
  for (let i = 0; i < last; i++) {
    const element = path[i] as string
    const next = at[element]
    if (next === undefined) at[element] = {}
    else if (next === noFields) at[element] = { [own]: noFields }
    at = mutable(at[element] as FieldSet)
  }
  const element = path[last] as string
  const node = at[element]
  if (node === undefined) at[element] = noFields
  else if (node !== noFields && !(own in node)) mutable(node)[own] = noFields
}

/** The set of these paths. */
export function setOf(...paths: readonly (readonly string[])[]): FieldSet {
  const set: FieldSet = {}
  for (const path of paths) insert(set, path)
  return set
}

/** Whether `path` leads to a field of the set. */
export function hasField(set: FieldSet, path: readonly string[]): boolean {
  let at: FieldSet | undefined = set
  for (const element of path) at = at?.[element]
  return at !== undefined && path.length > 0 && isMember(at)
}

const unionNode = (a: FieldSet, b: FieldSet): FieldSet => {
  if (a === b) return a
  if (isEmptySet(a)) return isMember(b) ? b : { [own]: noFields, ...b }
  if (isEmptySet(b)) return isMember(a) ? a : { [own]: noFields, ...a }
  return union(a, b)
}

/** The fields of either. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a
  if (isEmptySet(a)) return b
  let result: Growing | undefined
  for (const element in b) {
    const [left, right] = [a[element], b[element] as FieldSet]
    const node = left === undefined ? right : unionNode(left, right)
    if (node === left) continue
    result ??= { ...a }
    result[element] = node
  }
  return result ?? a
}

/** `a` with each step that both have replaced by what `combine` makes of it. */
function without(a: FieldSet, b: FieldSet, combine: (a: FieldSet, b: FieldSet) => FieldSet | undefined): FieldSet {
  let result: Growing | undefined
  for (const element in b) {
    const left = a[element]
    if (left === undefined || element === own) continue
    const node = combine(left, b[element] as FieldSet)
    if (node === left) continue
    result ??= { ...a }
    if (node === undefined) delete result[element]
    else result[element] = node
  }
  return result ?? a
}

/** The fields of `a` that `b` has not; what is below a field of `b` stays. */
export const difference = (a: FieldSet, b: FieldSet): FieldSet =>
  without(a, b, (left, right) => {
    const [member, below] = [isMember(left), inner(left)]
    const rest = difference(below, right)
    const stays = member && !isMember(right)
    return rest === below && stays === member ? left : nodeOf(stays, rest)
  })

/** The fields of `a` that are neither in `b` nor below a field of it. */
export const recursiveDifference = (a: FieldSet, b: FieldSet): FieldSet =>
  without(a, b, (left, right) => {
    if (isMember(right)) return undefined
    const [member, below] = [isMember(left), inner(left)]
    const rest = recursiveDifference(below, right)
    return rest === below ? left : nodeOf(member, rest)
  })

/** The fields of both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a
  const result: Growing = {}
  for (const element in a) {
    const [left, right] = [a[element] as FieldSet, b[element]]
    if (right === undefined || element === own) continue
    const node = nodeOf(isMember(left) && isMember(right), intersection(inner(left), inner(right)))
    if (node !== undefined) result[element] = node
  }
  return result
}

/** Every field as a path, in Kubernetes' order: those here, then what is below each step. */
export function* pathsOf(set: FieldSet, before: readonly string[] = []): Generator<readonly string[]> {
  const elements = Object.keys(set)
    .filter((element) => element !== own)
    .sort(compareElements)
  for (const element of elements) if (isMember(set[element] as FieldSet)) yield [...before, element]
  for (const element of elements) yield* pathsOf(set[element] as FieldSet, [...before, element])
}

/** A path as messages show it: `.spec.containers[name="a"].image`. */
export const shownPath = (path: readonly string[]): string => path.map(shownElement).join('')

/** The set in the order in which Kubernetes writes it; the same set when it is in order. */
export function inOrder(set: FieldSet): FieldSet {
  if (set === noFields) return set
  const elements = Object.keys(set)
  const order = (a: string, b: string): number => (a === own ? -1 : b === own ? 1 : compareElements(a, b))
  const isSorted = elements.every((element, i) => i === 0 || order(elements[i - 1] as string, element) < 0)
  const sorted = isSorted ? elements : elements.toSorted(order)
  const nodes = sorted.map((element) => inOrder(set[element] as FieldSet))
  const same = sorted.every((element, i) => element === elements[i] && nodes[i] === set[element])
  return same ? set : Object.fromEntries(sorted.map((element, i) => [element, nodes[i] as FieldSet]))
}

/** FieldsV1 from outside as a set, spelled canonically; undefined when it is not one. */
export function readFieldsV1(raw: unknown): FieldSet | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined
  const result: Growing = {}
  for (const [text, value] of Object.entries(raw)) {
    const below = readFieldsV1(value)
    const element = text === own ? own : canonicalElement(text)
    if (below === undefined || element === undefined) return undefined
    const known = result[element]
    result[element] = element === own ? noFields : known === undefined ? below : unionNode(known, below)
  }
  return result
}
