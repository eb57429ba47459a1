/** JSON merge patches (RFC 7386) as pure functions of JSON. */
import { Fault } from '../../lib/errors.ts'
import { isRecord } from '../meta/json.ts'

/** RFC 7386: members of the patch replace, null removes, objects merge. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__') continue
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key], value)
  }
  return result
}

/** `patch` merged into an object. Faults: BadRequest when it is none. */
export function mergeIntoObject(target: object, patch: unknown): unknown {
  if (patch === null) throw new Fault('BadRequest', 'Invalid JSON Patch')
  if (!isRecord(patch)) throw new Fault('BadRequest', 'error decoding patch: a merge patch is an object')
  return mergePatch(target, patch)
}
