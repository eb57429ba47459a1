/** RFC 7386 and RFC 6902 patches as pure functions of JSON. */
import { applyPatch, type Operation } from 'rfc6902'
import { Fault } from '../../lib/errors.ts'

type Members = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** RFC 7386: members of the patch replace, null removes, objects merge. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__') continue
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key], value)
  }
  return result
}

const operations: readonly unknown[] = ['add', 'remove', 'replace', 'move', 'copy', 'test']

const isOperation = (value: unknown): value is Operation =>
  isObject(value) && operations.includes(value.op) && typeof value.path === 'string'

/** RFC 6902. Faults: BadRequest when it is no list of operations, Invalid when one of them cannot be done. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw new Fault('BadRequest', 'error decoding patch: a JSON patch is a list of {op, path, value}')
  }
  const wrong = patch.findIndex((operation) => !isOperation(operation))
  if (wrong >= 0) {
    throw new Fault(
      'Invalid',
      `the server rejected our request due to an error in our request: operation ${wrong} is not {op: ${operations.join('|')}, path: ...}`,
    )
  }
  const result: unknown = structuredClone(target)
  const failures = applyPatch(result, patch as Operation[])
  const failed = failures.findIndex((failure) => failure !== null)
  if (failed >= 0) {
    const { op, path } = patch[failed] as Operation
    throw new Fault(
      'Invalid',
      `the server rejected our request due to an error in our request: ${op} ${path}: ${failures[failed]?.message}`,
    )
  }
  return result
}
