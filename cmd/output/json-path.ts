/** The part of Kubernetes' JSONPath that printer columns use: members, indexes and `[?(@.key=="value")]`. */

const step = /^\.?([A-Za-z_][\w-]*)|^\[(\d+)\]|^\[\?\(@\.([\w.-]+)\s*==\s*["']([^"']*)["']\)\]|^\['([^']+)'\]/

/** The value at `path` (`.status.conditions[?(@.type=="Ready")].status`); undefined when there is none. */
export function valueAt(object: unknown, path: string): unknown {
  let value = object
  for (let rest = path; rest !== ''; ) {
    const match = step.exec(rest)
    if (match === null) return undefined
    rest = rest.slice(match[0].length)
    const [, member, index, filterKey, filterValue, quoted] = match
    if (index !== undefined) value = Array.isArray(value) ? value[Number(index)] : undefined
    else if (filterKey !== undefined) value = findWhere(value, `.${filterKey}`, filterValue)
    else value = memberOf(value, member ?? quoted ?? '')
  }
  return value
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined

const findWhere = (list: unknown, path: string, wanted: string | undefined): unknown =>
  Array.isArray(list) ? list.find((item) => String(valueAt(item, path)) === wanted) : undefined
