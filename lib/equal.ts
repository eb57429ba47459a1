/** Whether two JSON values say the same: a member that is undefined counts as absent, the order of members does not count. */

type Members = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null
const size = (of: Members): number =>
  Object.values(of).reduce<number>((n, value) => (value === undefined ? n : n + 1), 0)

/** Deep equality, cheaper than comparing spellings. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isEqual(item, b[i]))
  return size(a) === size(b) && Object.keys(a).every((key) => isEqual(a[key], b[key]))
}
