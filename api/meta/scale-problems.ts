/** What is wrong with the numbers that the scale subresource shows, as Kubernetes says it: with paths of its own style. */
import type { FieldProblem } from '../../lib/errors.ts'
import { isRecord } from './json.ts'
import type { KindFacts } from './kind.ts'
import { invalid } from './problems.ts'

const largestInt32 = 2 ** 31 - 1

/** A value and its type as Go prints them. */
function printed(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(String).join(' ')}] is of the type []interface {}`
  if (isRecord(value)) return 'map[] is of the type map[string]interface {}'
  if (typeof value === 'boolean') return `${value} is of the type bool`
  if (typeof value === 'number') return `${value} is of the type ${Number.isInteger(value) ? 'int64' : 'float64'}`
  return `${String(value)} is of the type string`
}

/** Why the value at `path` cannot be had from `object`; `undefined` when it can, or is absent. */
function unreadable(object: unknown, path: string, wanted: 'int64' | 'string'): string | undefined {
  let at: unknown = object
  for (const member of path.split('.').slice(1)) {
    if (at === undefined || at === null) return undefined
    if (!isRecord(at)) return `${path} accessor error: ${printed(at)}, expected map[string]interface{}`
    at = at[member]
  }
  if (at === undefined || at === null) return undefined
  const fits = wanted === 'int64' ? Number.isInteger(at) : typeof at === 'string'
  return fits ? undefined : `${path} accessor error: ${printed(at)}, expected ${wanted}`
}

const valueAt = (object: unknown, path: string): unknown =>
  path
    .split('.')
    .slice(1)
    .reduce<unknown>((at, member) => (isRecord(at) ? at[member] : undefined), object)

function replicasProblems(object: unknown, path: string): readonly FieldProblem[] {
  const why = unreadable(object, path, 'int64')
  if (why !== undefined) return [invalid(path, 0, why)]
  const value = valueAt(object, path)
  if (typeof value !== 'number') return []
  if (value > largestInt32) return [invalid(path, value, `should be less than or equal to ${largestInt32}`)]
  return value < 0 ? [invalid(path, value, 'should be a non-negative integer')] : []
}

/** Problems of `object` by the paths of `scale`, those of spec or those of status. */
export function scaleProblems(
  scale: NonNullable<KindFacts['scale']>,
  object: unknown,
  part: 'spec' | 'status',
): readonly FieldProblem[] {
  if (part === 'spec') return replicasProblems(object, scale.specPath)
  const { statusPath, selectorPath } = scale
  const why = selectorPath === undefined ? undefined : unreadable(object, selectorPath, 'string')
  return [
    ...replicasProblems(object, statusPath),
    ...(selectorPath === undefined || why === undefined ? [] : [invalid(selectorPath, '', why)]),
  ]
}
