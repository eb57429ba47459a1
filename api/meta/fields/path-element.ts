/**
 * One step into an object, as FieldsV1 spells it: `f:spec` a member, `k:{"name":"a"}` the item of these keys, `v:"a"` the
 * item of this value, `i:0` an index. Its spelling is its identity.
 */

/** Go's encoder writes these as escapes, and the spelling is compared. */
const escapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}
const json = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => escapes[character] ?? character)

export const memberElement = (name: string): string => `f:${name}`
export const valueElement = (value: unknown): string => `v:${json(value)}`
/** Of the key members' values; their order does not count. */
export const keyElement = (keys: Readonly<Record<string, unknown>>): string =>
  `k:{${Object.keys(keys)
    .sort()
    .map((name) => `${json(name)}:${json(keys[name])}`)
    .join(',')}}`

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
const isKeys = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The element in its one spelling; undefined when `text` is none. */
export function canonicalElement(text: string): string | undefined {
  const rest = text.slice(2)
  switch (text.slice(0, 2)) {
    case 'f:':
      return text
    case 'v:': {
      const value = parsed(rest)
      return value === undefined ? undefined : valueElement(value)
    }
    case 'k:': {
      const keys = parsed(rest)
      return isKeys(keys) ? keyElement(keys) : undefined
    }
    case 'i:':
      return /^-?\d{1,15}$/.test(rest) ? `i:${Number(rest)}` : undefined
    default:
      return undefined
  }
}

/** As messages show it: `.spec`, `[name="a"]`, `[="a"]`, `[0]`. */
export function shownElement(element: string): string {
  const rest = element.slice(2)
  switch (element.slice(0, 2)) {
    case 'f:':
      return `.${rest}`
    case 'k:':
      return `[${Object.entries(parsed(rest) as object)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}]`
    case 'v:':
      return `[=${JSON.stringify(parsed(rest))}]`
    default:
      return `[${rest}]`
  }
}

const rank = { 'f:': 0, 'k:': 1, 'v:': 2, 'i:': 3 } as Readonly<Record<string, number>>
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const ofNumbers = (a: unknown, b: unknown): number | undefined =>
  typeof a === 'number' && typeof b === 'number' ? a - b : undefined

function compareKeys(a: string, b: string): number {
  const [left, right] = [parsed(a), parsed(b)].map((keys) => Object.entries(keys as object)) as [
    [string, unknown][],
    [string, unknown][],
  ]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [l, r] = [left[i], right[i]] as [[string, unknown], [string, unknown]]
    const order = compareText(l[0], r[0]) || (ofNumbers(l[1], r[1]) ?? compareText(json(l[1]), json(r[1])))
    if (order !== 0) return order
  }
  return left.length - right.length
}

/** Kubernetes' order: members, then keys, values and indices, each among themselves. */
export function compareElements(a: string, b: string): number {
  if (a === b) return 0
  if (a.startsWith('f:') && b.startsWith('f:')) return compareText(a, b)
  const [kind, other] = [a.slice(0, 2), b.slice(0, 2)]
  if (kind !== other) return (rank[kind] ?? -1) - (rank[other] ?? -1)
  const [left, right] = [a.slice(2), b.slice(2)]
  if (kind === 'k:') return compareKeys(left, right)
  return ofNumbers(parsed(left), parsed(right)) ?? compareText(left, right)
}
