/** The JSONPath that printer columns use: members, indexes, and items chosen by one equal member. */

type Step = { readonly member: string } | { readonly index: number } | { readonly where: string; readonly is: string }

const step = /\.([A-Za-z_][\w-]*)|\['([^']+)'\]|\[(\d+)\]|\[\?\(@\.([\w.-]+)\s*==\s*["']([^"']*)["']\)\]/gy
const parsed = new Map<string, readonly Step[]>()

function stepsOf(path: string): readonly Step[] {
  const known = parsed.get(path)
  if (known !== undefined) return known
  const steps = [...path.matchAll(step)].map(([, member, quoted, index, where, is]): Step => {
    if (index !== undefined) return { index: Number(index) }
    return where === undefined ? { member: member ?? quoted ?? '' } : { where, is: is ?? '' }
  })
  parsed.set(path, steps)
  return steps
}

/** The value at `.spec.a[0].b` or `.status.conditions[?(@.type=="Ready")].status`; undefined when there is none. */
export function valueAt(object: unknown, path: string): unknown {
  let at: unknown = object
  for (const one of stepsOf(path)) {
    if (typeof at !== 'object' || at === null) return undefined
    if ('member' in one) at = (at as Readonly<Record<string, unknown>>)[one.member]
    else if (!Array.isArray(at)) return undefined
    else if ('index' in one) at = at[one.index]
    else at = at.find((item) => valueAt(item, `.${one.where}`) === one.is)
  }
  return at
}
