/** Field selectors: equality on the fields that a kind lets select by. */
import { Fault } from '../../lib/errors.ts'
import type { Kind } from './kind.ts'
import type { Resource } from './object.ts'

/** One comparison of a field's text. */
export interface FieldTerm {
  /** Where it is; of `a|b` in a, and where that is empty in b. */
  readonly field: string
  readonly value: string
  readonly equal: boolean
}

const operator = /!=|==|=/

/** Splits at commas that no backslash escapes. */
const termsOf = (text: string): readonly string[] => text.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? []

function unescaped(value: string): string {
  return value.replace(/\\(.?)|[,=]/gs, (found, escaped: string | undefined) => {
    if (escaped === undefined) {
      throw new Fault('BadRequest', `invalid field selector: unescaped character in value: ${found.charCodeAt(0)}`)
    }
    if (escaped === '\\' || escaped === ',' || escaped === '=') return escaped
    throw new Fault('BadRequest', `invalid field selector: invalid escape sequence: ${found}`)
  })
}

const selectable = (kind: Kind, path: string): boolean =>
  path === 'metadata.name' ||
  (path === 'metadata.namespace' && kind.scope === 'Namespaced') ||
  kind.selectableFields.includes(path)

/** Parses `spec.containerInstance=one,status.lastStatus!=STOPPED`. Faults: BadRequest, also for other than the kind's fields. */
export function fieldTerms(kind: Kind, text: string | undefined): readonly FieldTerm[] {
  const terms = termsOf(text ?? '').map((term): FieldTerm => {
    const sign = operator.exec(term)
    if (sign === null) throw new Fault('BadRequest', `invalid selector: '${text}'; can't understand '${term}'`)
    const value = unescaped(term.slice(sign.index + sign[0].length))
    return { field: term.slice(0, sign.index), value, equal: sign[0] !== '!=' }
  })
  for (const { field } of terms) {
    if (!selectable(kind, field)) throw new Fault('BadRequest', `field label not supported: ${field}`)
  }
  return terms.map((term) => ({ ...term, field: kind.selectedPaths?.[term.field] ?? term.field }))
}

type Path = readonly string[]
const paths = new Map<string, readonly Path[]>()
const pathsOf = (field: string): readonly Path[] => {
  const known = paths.get(field) ?? field.split('|').map((path) => path.split('.'))
  paths.set(field, known)
  return known
}

function textAt(object: Resource, path: Path): string {
  let at: unknown = object
  for (const member of path) {
    if (typeof at !== 'object' || at === null) return ''
    at = (at as Readonly<Record<string, unknown>>)[member]
  }
  return at === undefined || at === null ? '' : String(at)
}

/** The value of a term's field as selectors see it: text, and empty when absent. */
export function fieldText(object: Resource, field: string): string {
  for (const path of pathsOf(field)) {
    const text = textAt(object, path)
    if (text !== '') return text
  }
  return ''
}

/** Whether `object` has what the term asks for. */
export const holds = ({ field, value, equal }: FieldTerm, object: Resource): boolean =>
  (fieldText(object, field) === value) === equal
