/** Label and field selectors in Kubernetes' syntax: parsed once, then asked of many objects. */
import { Fault } from '../../lib/errors.ts'
import type { Kind } from './kind.ts'
import type { Resource } from './object.ts'

/** Whether an object is selected. */
export type Selector = (object: Resource) => boolean

const everything: Selector = () => true

type Labels = Readonly<Record<string, string>>
type Requirement = (labels: Labels) => boolean

const key = '(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?'
const value = '(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?'
const inSet = new RegExp(`^(${key})\\s+(in|notin)\\s*\\(([^()]*)\\)$`)
const equality = new RegExp(`^(${key})\\s*(==|=|!=)\\s*(${value})$`)
const comparison = new RegExp(`^(${key})\\s*([<>])\\s*(-?\\d+)$`)
const presence = new RegExp(`^(!?)\\s*(${key})$`)
const wholeValue = new RegExp(`^${value}$`)

/** Splits at commas that are not inside parentheses. */
function terms(text: string): readonly string[] {
  const found: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++
    else if (text[i] === ')') depth--
    else if (text[i] === ',' && depth === 0) {
      found.push(text.slice(start, i))
      start = i + 1
    }
  }
  return [...found, text.slice(start)].map((term) => term.trim())
}

const unreadable = (selector: string, why: string): Fault =>
  new Fault('BadRequest', `unable to parse requirement: ${why} in selector ${JSON.stringify(selector)}`)

function labelRequirement(term: string, selector: string): Requirement {
  const set = inSet.exec(term)
  if (set !== null) {
    const [, name = '', operator, list = ''] = set
    const values = new Set(list.split(',').map((one) => one.trim()))
    const bad = [...values].find((one) => !wholeValue.test(one) || one.length > 63)
    if (bad !== undefined) throw unreadable(selector, `invalid label value ${JSON.stringify(bad)}`)
    return operator === 'in'
      ? (labels) => Object.hasOwn(labels, name) && values.has(labels[name] as string)
      : (labels) => !Object.hasOwn(labels, name) || !values.has(labels[name] as string)
  }
  const equal = equality.exec(term)
  if (equal !== null) {
    const [, name = '', operator, wanted = ''] = equal
    return operator === '!='
      ? (labels) => !Object.hasOwn(labels, name) || labels[name] !== wanted
      : (labels) => Object.hasOwn(labels, name) && labels[name] === wanted
  }
  const compare = comparison.exec(term)
  if (compare !== null) {
    const [, name = '', operator, bound] = compare
    return (labels) => {
      const actual = Object.hasOwn(labels, name) ? Number.parseInt(labels[name] as string, 10) : Number.NaN
      return operator === '<' ? actual < Number(bound) : actual > Number(bound)
    }
  }
  const present = presence.exec(term)
  if (present !== null) {
    const [, not, name = ''] = present
    return not === '!' ? (labels) => !Object.hasOwn(labels, name) : (labels) => Object.hasOwn(labels, name)
  }
  throw unreadable(selector, `found ${JSON.stringify(term)}, allowed are k, !k, k=v, k!=v, k in (a,b), k notin (a,b)`)
}

/** Parses `app=web,tier in (a,b),!old`; empty or absent selects all. Faults: BadRequest. */
export function labelSelector(text: string | undefined): Selector {
  if (text === undefined || text.trim() === '') return everything
  const requirements = terms(text).map((term) => labelRequirement(term, text))
  const none: Labels = {}
  return (object) => {
    const labels = object.metadata.labels ?? none
    return requirements.every((holds) => holds(labels))
  }
}

const fieldTerm = /^([^=!]+?)(==|=|!=)(.*)$/s
const unescaped = (text: string): string => text.replace(/\\(.)/gs, '$1')

/** Splits at commas that no backslash escapes. */
const fieldTerms = (text: string): readonly string[] =>
  (text.match(/(?:\\.|[^,\\])+/gs) ?? []).map((term) => term.trim()).filter((term) => term !== '')

/** The value at a dotted path as field selectors see it: text, and empty when absent. */
export function fieldText(object: Resource, path: readonly string[]): string {
  let at: unknown = object
  for (const member of path) {
    if (typeof at !== 'object' || at === null) return ''
    at = (at as Readonly<Record<string, unknown>>)[member]
  }
  return at === undefined || at === null ? '' : String(at)
}

const selectable = (kind: Kind, path: string): boolean =>
  path === 'metadata.name' ||
  (path === 'metadata.namespace' && kind.scope === 'Namespaced') ||
  kind.selectableFields.includes(path)

/** Parses `spec.containerInstance=one,status.lastStatus!=STOPPED`. Faults: BadRequest, also for other than the kind's fields. */
export function fieldSelector(kind: Kind, text: string | undefined): Selector {
  if (text === undefined || text.trim() === '') return everything
  const requirements = fieldTerms(text).map((term) => {
    const [, name, operator, wanted] = fieldTerm.exec(term) ?? []
    if (name === undefined || wanted === undefined)
      throw new Fault('BadRequest', `invalid selector: '${text}'; can't understand '${term}'`)
    if (!selectable(kind, name)) throw new Fault('BadRequest', `field label not supported: ${name}`)
    return { path: name.split('.'), wanted: unescaped(wanted), equal: operator !== '!=' }
  })
  return (object) => requirements.every(({ path, wanted, equal }) => (fieldText(object, path) === wanted) === equal)
}

/** Both selectors and a namespace in one question. */
export function selectorOf(
  kind: Kind,
  options: { readonly namespace?: string; readonly labelSelector?: string; readonly fieldSelector?: string },
): Selector {
  const byLabel = labelSelector(options.labelSelector)
  const byField = fieldSelector(kind, options.fieldSelector)
  const { namespace } = options
  const here: Selector =
    namespace === undefined || namespace === '' ? everything : (object) => object.metadata.namespace === namespace
  const parts = [here, byLabel, byField].filter((part) => part !== everything)
  return parts.length === 0 ? everything : (object) => parts.every((holds) => holds(object))
}
