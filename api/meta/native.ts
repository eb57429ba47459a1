/**
 * Reads input for Kubernetes' own kinds as its Go types do: no text where a number belongs, null is the zero value, empty
 * is absent; refused with one text instead of a list of fields.
 */
import type { z } from 'zod'
import { Fault } from '../../lib/errors.ts'
import { clean, type UnknownField } from './clean.ts'
import { pathOf } from './field-path.ts'
import { isRecord } from './json.ts'
import type { Kind } from './kind.ts'
import type { Resource } from './object.ts'
import type { Parsed, UnknownFields } from './parse.ts'
import { told } from './problems.ts'
import { defaultOf, isOptional, itemOf, keepsEmpty, mapValueOf, membersOf, typeNameOf } from './schema-walk.ts'

type Refuse = (text: string) => Fault

const isBase64 = (schema: z.core.$ZodType): boolean => typeNameOf(schema) === 'base64'

/** The value that Go has where nothing was said. */
const zeroOf = (schema: z.core.$ZodType): unknown => {
  const type = typeNameOf(schema)
  return type === 'string' || type === 'base64' ? '' : type === 'boolean' ? false : type === 'number' ? 0 : null
}

const mayBeAbsent = (schema: z.core.$ZodType): boolean => isOptional(schema) || defaultOf(schema) !== undefined

const isEmpty = (schema: z.core.$ZodType, value: unknown): boolean =>
  (value === '' && !keepsEmpty(schema)) ||
  (Array.isArray(value) && value.length === 0) ||
  (isRecord(value) && mapValueOf(schema) !== undefined && Object.keys(value).length === 0)

/** What Go would keep of `value`. */
function settled(schema: z.core.$ZodType, value: unknown): unknown {
  if (typeof value === 'string') return isBase64(schema) ? value.replace(/[\r\n]/g, '') : value
  if (Array.isArray(value)) {
    const item = itemOf(schema)
    return item === undefined ? value : value.map((one) => settled(item, one))
  }
  if (!isRecord(value)) return value
  const shape = membersOf(schema)?.shape
  const entry = mapValueOf(schema)
  if (shape === undefined && entry === undefined) return value
  if (entry !== undefined) {
    if (!isBase64(entry) && Object.values(value).every((one) => typeof one === 'string')) return value
    const kept = Object.entries(value).map(
      ([key, one]) => [key, one === null ? zeroOf(entry) : settled(entry, one)] as const,
    )
    return kept.every(([key, one]) => value[key] === one) ? value : Object.fromEntries(kept)
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => {
      const member = Object.hasOwn(shape ?? {}, key) ? shape?.[key] : undefined
      if (member === undefined) return [[key, one] as const]
      const kept = settled(member, one)
      return mayBeAbsent(member) && isEmpty(member, kept) ? [] : [[key, kept] as const]
    }),
  )
}

/** Where Go's decoder finds the first fault in base64 text. */
function base64Fault(text: string): number {
  let inQuantum = 0
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] as string
    if (char === '\n' || char === '\r') continue
    if (char === '=' && inQuantum >= 2) return i + 1
    if (!/[A-Za-z0-9+/]/.test(char)) return i
    inQuantum = (inQuantum + 1) % 4
  }
  return text.length - inQuantum
}

const goNames: Readonly<Record<string, string>> = { boolean: 'bool', undefined: 'object' }
const goName = (value: unknown): string => (Array.isArray(value) ? 'array' : (goNames[typeof value] ?? typeof value))

function textOf(
  kind: Kind,
  { code, path, input, message }: z.core.$ZodIssue & { readonly format?: string },
  format?: string,
): string {
  if (code === 'invalid_format' && format === 'base64') {
    return `illegal base64 data at input byte ${base64Fault(String(input))}`
  }
  if (code === 'invalid_format') return `parsing time ${JSON.stringify(input)}: cannot parse ${JSON.stringify(input)}`
  if (code !== 'invalid_type') return `${pathOf(path)}: ${message}`
  const field = path.filter((step) => typeof step === 'string').join('.')
  return `json: cannot unmarshal ${goName(input)} into Go struct field ${kind.kind}.${field} of type ${message.replace(/^.*expected (\w+).*$/, '$1')}`
}

/** `unknown field "spec.a", unknown field "spec.b"`: Kubernetes' words, without a hint. */
const unknownTexts = (unknown: readonly UnknownField[]): readonly string[] =>
  unknown.map(({ path }) => `unknown field ${JSON.stringify(path)}`)

/** How an object that cannot be read is refused when it is sent as a whole. */
const refusal =
  (kind: Kind, given: unknown): Refuse =>
  (text) =>
    new Fault(
      'BadRequest',
      `${isRecord(given) && typeof given.kind === 'string' ? given.kind : kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: ${text}`,
    )

/** As parseObject. Faults: BadRequest, or what `refuse` makes of the text. */
export function parseNative<T extends Resource>(
  kind: Kind<T>,
  raw: unknown,
  options: { readonly unknown: UnknownFields; readonly refuse?: Refuse },
): Parsed<T> {
  const refuse = options.refuse ?? refusal(kind as unknown as Kind, raw)
  const { value, unknown } = clean(kind.schema, settled(kind.schema, raw), [])
  const result = kind.schema.safeParse(value, { reportInput: true })
  const [issue] = result.error?.issues ?? []
  if (issue !== undefined) {
    throw refuse(textOf(kind as unknown as Kind, issue, 'format' in issue ? issue.format : undefined))
  }
  const texts = unknownTexts(unknown)
  if (options.unknown === 'strict' && texts.length > 0) throw refuse(`strict decoding error: ${told(texts).join(', ')}`)
  return { object: kind.complete(result.data as T), warnings: options.unknown === 'warn' ? texts : [] }
}
