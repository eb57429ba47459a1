/**
 * JSON patches (RFC 6902) as kube-apiserver applies them. Where its library is laxer than the RFC, so is this: `replace`
 * adds what is missing, `copy` of something missing gives null, -1 appends, a pointer without leading slash loses its
 * first part, a missing value is null.
 */
import { isEqual } from '../../lib/equal.ts'
import { Fault } from '../../lib/errors.ts'
import { beyondBounds } from '../../lib/value-bounds.ts'
import { isRecord } from '../meta/json.ts'
import { limits } from './limits.ts'

type Operation = Readonly<Record<string, unknown>>
type Container = Record<string, unknown> | unknown[]

const members = ['op', 'path', 'from', 'value']

const failed = (): Fault => new Fault('Invalid', 'the server rejected our request due to an error in our request')

const jsonType = (value: unknown): string =>
  Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value

/** Strict decoding errors of a patch: what its text says `repeated`ly, and members that no operation has. */
export function strayTexts(repeated: readonly string[], patch: unknown): readonly string[] {
  const twice = repeated.map((text) => `json patch ${text}`)
  if (!Array.isArray(patch)) return twice
  const stray = patch.flatMap((operation, i) =>
    isRecord(operation)
      ? Object.keys(operation)
          .filter((name) => !members.includes(name))
          .sort()
          .map((name) => `json patch unknown field "[${i}].${name}"`)
      : [],
  )
  return [...twice, ...stray]
}

/** The operations of a patch. Faults: BadRequest when it is no list of objects, TooLarge. */
function operationsOf(patch: unknown): readonly Operation[] {
  if (patch === null) return []
  if (!Array.isArray(patch)) {
    throw new Fault(
      'BadRequest',
      `error decoding patch: a JSON patch is a list of {op, path, value}, not ${jsonType(patch)}`,
    )
  }
  for (const operation of patch as unknown[]) {
    if (!isRecord(operation)) {
      throw new Fault(
        'BadRequest',
        `error decoding patch: an operation is {op, path, value}, not ${jsonType(operation)}`,
      )
    }
  }
  if (patch.length > limits.patchOperations) {
    throw new Fault(
      'TooLarge',
      `Request entity too large: The allowed maximum operations in a JSON patch is ${limits.patchOperations}, got ${patch.length}`,
    )
  }
  return patch as Operation[]
}

const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~')

/** The index that `key` names in a list of `length` items; negative ones count from the end. */
function indexIn(length: number, key: string): number {
  if (!/^[+-]?\d+$/.test(key)) throw failed()
  const index = Number(key) < 0 ? Number(key) + length : Number(key)
  if (index < 0 || index >= length) throw failed()
  return index
}

const get = (container: Container, key: string): unknown =>
  Array.isArray(container)
    ? (container[indexIn(container.length, key)] ?? null)
    : Object.hasOwn(container, key)
      ? (container[key] ?? null)
      : null

function put(container: Container, key: string, value: unknown): void {
  if (Array.isArray(container)) container[indexIn(container.length, key)] = value
  // a plain assignment to __proto__ would change the prototype
  else Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true })
}

function insert(container: Container, key: string, value: unknown): void {
  if (!Array.isArray(container)) put(container, key, value)
  else if (key === '-') container.push(value)
  else container.splice(indexIn(container.length + 1, key), 0, value)
}

function remove(container: Container, key: string): void {
  if (Array.isArray(container)) container.splice(indexIn(container.length, key), 1)
  else if (Object.hasOwn(container, key)) delete container[key]
  else throw failed()
}

const pointer = (operation: Operation, member: 'path' | 'from'): string => {
  const text = operation[member]
  if (typeof text !== 'string') throw failed()
  return text
}

/** Where `path` leads in `root`: what holds it, and its name there. */
function place(root: unknown, path: string): readonly [Container, string] {
  const parts = path.split('/').slice(1).map(unescaped)
  const key = parts.pop()
  if (key === undefined) throw failed()
  const holder = parts.reduce<unknown>(
    (at, part) => (Array.isArray(at) || isRecord(at) ? get(at as Container, part) : null),
    root,
  )
  if (!Array.isArray(holder) && !isRecord(holder)) throw failed()
  return [holder as Container, key]
}

/** Makes the copies of one patch. Copies of copies double what is there with each operation, so all together are bounded. */
function copier(): (value: unknown) => unknown {
  let left: number = limits.patchCopyBytes
  return (value) => {
    const text = JSON.stringify(value)
    left -= Buffer.byteLength(text)
    if (left < 0) throw failed()
    return JSON.parse(text)
  }
}

/** Carries out one operation on `root`, in place; gives the new root. */
function applied(root: unknown, operation: Operation, copy: ReturnType<typeof copier>): unknown {
  const value = structuredClone(operation.value ?? null)
  const path = pointer(operation, 'path')
  switch (operation.op) {
    case 'add':
      insert(...place(root, path), value)
      return root
    case 'remove':
      remove(...place(root, path))
      return root
    case 'replace':
      if (path === '') {
        if (typeof value === 'object' && value !== null) return value
        throw failed()
      }
      put(...place(root, path), value)
      return root
    case 'move': {
      const [from, name] = place(root, pointer(operation, 'from'))
      const moved = get(from, name)
      remove(from, name)
      insert(...place(root, path), moved)
      return root
    }
    case 'copy': {
      const copied = copy(get(...place(root, pointer(operation, 'from'))))
      insert(...place(root, path), copied)
      return root
    }
    case 'test':
      if (!isEqual(path === '' ? root : get(...place(root, path)), value)) throw failed()
      return root
    default:
      throw failed()
  }
}

/** Short pointers can put values into each other as often as there are operations, which no walk over them would bear. */
function checkBounds(value: unknown): void {
  const beyond = beyondBounds(value, { depth: limits.patchedDepth, values: limits.patchedValues })
  if (beyond !== undefined) throw new Fault('BadRequest', `the patched object ${beyond}`)
}

/**
 * `target` with `patch` carried out; `target` itself is not touched. Faults: BadRequest when it is no list of
 * operations or makes something too deep, TooLarge, Invalid when one of them cannot be done.
 */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  const copy = copier()
  const patched = operationsOf(patch).reduce<unknown>(
    (root, operation) => applied(root, operation, copy),
    structuredClone(target),
  )
  checkBounds(patched)
  return patched
}
