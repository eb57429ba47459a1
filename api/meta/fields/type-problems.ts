/** What of a value is not of its type, worded as Kubernetes' server-side apply words it. */
import { isRecord } from '../json.ts'
import { limits } from '../limits.ts'
import {
  type FieldType,
  itemElement,
  type ListType,
  type MapType,
  memberType,
  type ScalarType,
  typeFor,
} from './field-type.ts'
import { memberElement, shownElement } from './path-element.ts'

/** As Go prints a value with %v. */
function goText(value: unknown): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (!isRecord(value)) return String(value)
  return `map[${Object.keys(value)
    .sort()
    .map((key) => `${key}:${goText(value[key])}`)
    .join(' ')}]`
}
const goType = (value: unknown): string => {
  if (Array.isArray(value)) return '[]interface {}'
  return isRecord(value) ? 'map[string]interface {}' : typeof value === 'boolean' ? 'bool' : typeof value
}

function scalarProblem(scalar: ScalarType, value: unknown): string | undefined {
  if (value === null) return undefined
  switch (scalar) {
    case 'numeric':
      return typeof value === 'number' || typeof value === 'bigint'
        ? undefined
        : `expected numeric (int or float), got ${goType(value)}`
    case 'string':
      return typeof value === 'string'
        ? undefined
        : `expected string, got &value.valueUnstructured{Value:${goText(value)}}`
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got &{${goText(value)}}`
    case 'any':
      return typeof value === 'object' ? `expected any scalar, got &{${goText(value)}}` : undefined
  }
}

const at = (path: string, what: string): string => (path === '' ? what : `${path}: ${what}`)

function* inMap(type: MapType, value: unknown, path: string): Generator<string> {
  if (value === null) return
  if (!isRecord(value)) {
    yield at(path, `expected map, got &{${goText(value)}}`)
    return
  }
  for (const [name, member] of Object.entries(value)) {
    const inner = path + shownElement(memberElement(name))
    const of = memberType(type, name)
    if (of === undefined) {
      yield at(inner, 'field not declared in schema')
      return
    }
    yield* inValue(of, member, inner)
  }
}

function* inList(type: ListType, value: unknown, path: string): Generator<string> {
  if (value === null) return
  if (!Array.isArray(value)) {
    yield at(path, `expected list, got &{${goText(value)}}`)
    return
  }
  const seen = new Set<string>()
  for (const [i, item] of value.entries()) {
    const { element, problem } = type.relation === 'atomic' ? { element: `i:${i}` } : itemElement(type, item)
    if (element === undefined) {
      yield at(path, `element ${i}: ${problem}`)
      return
    }
    if (seen.has(element)) yield at(path, `duplicate entries for key ${shownElement(element)}`)
    seen.add(element)
    yield* inValue(type.item, item, path + shownElement(element))
  }
}

function* inValue(given: FieldType, value: unknown, path: string): Generator<string> {
  const type = typeFor(given, value)
  if (type.kind === 'map') yield* inMap(type, value, path)
  else if (type.kind === 'list') yield* inList(type, value, path)
  else {
    const problem = scalarProblem(type.scalar, value)
    if (problem !== undefined) yield at(path, problem)
  }
}

/** Problems, as `.spec.size: expected numeric (int or float), got string`, as far as they are told. Unknown members are among them. */
export const typeProblems = (type: FieldType, value: unknown): readonly string[] =>
  inValue(type, value, '')
    .take(limits.problemsTold + 1)
    .toArray()
