/** Compares what a server answered with what was recorded, without regard to what the traces' README calls noise. */
import { type Bindings, hasPlaceholder } from './bindings.ts'

type Json = Readonly<Record<string, unknown>>
const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Texts of Go's own libraries, which no client reads. */
const goTexts = [
  'json: cannot unmarshal',
  'strconv.',
  'yaml: ',
  "couldn't get version/kind; json parse error",
  '&value.valueUnstructured',
  'StorageError',
  'invalid character',
  'unexpected end of JSON input',
  'error converting YAML to JSON',
  'parsing time',
]

/** Where Go's part of a text begins; -1: there is none. */
export const goTextAt = (text: string): number =>
  goTexts.reduce((first, one) => {
    const at = text.indexOf(one)
    return at >= 0 && (first < 0 || at < first) ? at : first
  }, -1)

/** A version of the recorder's own server, left where no placeholder was made of it. */
const isStrayVersion = (path: string, recorded: string): boolean =>
  /(\.resourceVersion|\.body\[\d+\]\.value)$/.test(path) && /^1\d{5}$/.test(recorded)

/** The age of what the case itself dates to a day of 2024: it grows with every day since it was recorded. */
const isGrownAge = (recorded: string, actual: string): boolean =>
  [recorded, actual].every((age) => /^\d+y(\d+d)?$/.test(age))

/** The part of a message that is compared. */
function sameMessage(bindings: Bindings, recorded: string, actual: string): boolean {
  if (goTextAt(recorded) >= 0) return true
  const excerpt = 'the object provided is unrecognized'
  if (recorded.includes(excerpt)) return actual.includes(excerpt)
  const split = (text: string): readonly string[] | undefined => /^(.* is invalid: )\[(.*)\]$/s.exec(text)?.slice(1)
  const [head, list] = split(recorded) ?? []
  if (head === undefined || list === undefined) return bindings.matches(recorded, actual)
  const [actualHead = '', actualList = ''] = split(actual) ?? []
  const words = (text: string): string => text.split(', ').sort().join(', ')
  return bindings.matches(head, actualHead) && bindings.matches(words(list), words(actualList))
}

/** Of a set keyed by some members: the text that a member of the set is found by. */
const setKeys: Readonly<Record<string, (item: Json) => string>> = {
  managedFields: (item) => [item.manager, item.operation, item.apiVersion, item.subresource].join('|'),
  causes: (item) => [item.field, item.reason].join('|'),
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one)) ?? 'nothing'
  return text.length > 700 ? `${text.slice(0, 700)}…` : text
}

/** The differences, one line each; none when both are the same. */
export function differences(bindings: Bindings, recorded: unknown, actual: unknown, path = ''): readonly string[] {
  const differ = (): readonly string[] => [`${path || '.'}: recorded ${shown(recorded)}, here ${shown(actual)}`]
  if (typeof recorded === 'string') {
    if (typeof actual !== 'string') return differ()
    if (isStrayVersion(path, recorded)) return /^\d+$/.test(actual) ? [] : differ()
    if (isGrownAge(recorded, actual)) return []
    const same = path.endsWith('.message')
      ? sameMessage(bindings, recorded, actual)
      : bindings.matches(recorded, actual)
    return same ? [] : differ()
  }
  if (Array.isArray(recorded)) {
    if (!Array.isArray(actual)) return differ()
    const keyOf = setKeys[path.slice(path.lastIndexOf('.') + 1)]
    if (keyOf !== undefined) return setDifferences(bindings, recorded as Json[], actual as Json[], path, keyOf)
    if (recorded.length !== actual.length) return differ()
    return recorded.flatMap((one, at) => differences(bindings, one, actual[at], `${path}[${at}]`))
  }
  if (isRecord(recorded)) {
    if (!isRecord(actual)) return differ()
    return recordDifferences(bindings, recorded, actual, path)
  }
  return Object.is(recorded, actual) ? [] : differ()
}

function recordDifferences(bindings: Bindings, recorded: Json, actual: Json, path: string): readonly string[] {
  const rest = new Set(Object.keys(actual))
  const found: string[] = []
  for (const [name, value] of Object.entries(recorded)) {
    const own = rest.has(name)
      ? name
      : hasPlaceholder(name)
        ? [...rest].find((one) => bindings.matches(name, one))
        : undefined
    if (own === undefined) {
      found.push(`${path}.${name}: recorded ${shown(value)}, here absent`)
      continue
    }
    rest.delete(own)
    found.push(...differences(bindings, value, actual[own], `${path}.${name}`))
  }
  for (const name of rest) found.push(`${path}.${name}: recorded absent, here ${shown(actual[name])}`)
  return found
}

function setDifferences(
  bindings: Bindings,
  recorded: readonly Json[],
  actual: readonly Json[],
  path: string,
  keyOf: (item: Json) => string,
): readonly string[] {
  const rest = [...actual]
  const found: string[] = []
  for (const item of recorded) {
    // the causes of one field keep their order, so the first of that key is the one
    const at = rest.findIndex((one) => isRecord(one) && bindings.matches(keyOf(item), keyOf(one)))
    if (at < 0) found.push(`${path}[${keyOf(item)}]: recorded ${shown(item)}, here absent`)
    else found.push(...differences(bindings, item, rest.splice(at, 1)[0], `${path}[${keyOf(item)}]`))
  }
  for (const item of rest) found.push(`${path}: recorded absent, here ${shown(item)}`)
  return found
}
