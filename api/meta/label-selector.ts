/** Label selectors: Kubernetes' grammar read token by token, refused in its words. */
import { Fault } from '../../lib/errors.ts'
import { labelValueFaults, qualifiedFaults } from './name-rules.ts'
import type { Resource } from './object.ts'

type Labels = Readonly<Record<string, string>>
type Requirement = (labels: Labels) => boolean

const operators = ['in', 'notin', '=', '==', '!=', '>', '<'] as const
type Operator = (typeof operators)[number]
/** As Kubernetes names them when it expects one. */
const operatorNames = 'in, notin, =, ==, !=, gt, lt'

const symbol = /^(?:==|!=|[=!(),<>])/
const word = /^[^=!(),<>\s]+/

/** Symbols and words in order, and then '' for ever. */
class Tokens {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(text: string) {
    const tokens: string[] = []
    for (let rest = text.trimStart(); rest !== ''; rest = rest.trimStart()) {
      const [token = ''] = symbol.exec(rest) ?? word.exec(rest) ?? []
      tokens.push(token)
      rest = rest.slice(token.length)
    }
    this.#tokens = tokens
  }

  get next(): string {
    return this.#tokens[this.#at] ?? ''
  }

  take(): string {
    const token = this.next
    this.#at++
    return token
  }
}

const isWord = (token: string): boolean => word.test(token)

const unreadable = (why: string): Fault => new Fault('BadRequest', why)
const unreadableTerm = (why: string): Fault => unreadable(`unable to parse requirement: ${why}`)
const found = (token: string, expected: string): string => `found '${token}', expected: ${expected}`
const invalid = (path: string, value: string, why: string): string =>
  `${path}: Invalid value: ${JSON.stringify(value)}: ${why}`

function takeValues(tokens: Tokens): readonly string[] {
  const opening = tokens.take()
  if (opening !== '(') throw unreadableTerm(`found '${opening}' expected: '('`)
  if (tokens.next === ')') {
    tokens.take()
    return ['']
  }
  if (!isWord(tokens.next) && tokens.next !== ',') throw unreadableTerm(found(tokens.next, "',', ')' or identifier"))
  const values: string[] = []
  for (let wanted = true; ; ) {
    const token = tokens.take()
    if (isWord(token)) {
      values.push(token)
      wanted = false
      if (tokens.next !== ',' && tokens.next !== ')') throw unreadableTerm(found(tokens.next, "',' or ')'"))
    } else if (token === ',') {
      if (wanted) values.push('')
      wanted = true
    } else if (token === ')') {
      if (wanted) values.push('')
      return values
    } else throw unreadableTerm(found(token, "',', or identifier"))
  }
}

function takeValue(tokens: Tokens): string {
  if (tokens.next === '' || tokens.next === ',') return ''
  const token = tokens.take()
  if (!isWord(token)) throw unreadableTerm(found(token, 'identifier'))
  return token
}

const int64 = (text: string): bigint | undefined => {
  if (!/^[-+]?\d+$/.test(text)) return undefined
  const value = BigInt(text.replace('+', ''))
  return BigInt.asIntN(64, value) === value ? value : undefined
}

function checkValues(key: string, operator: Operator, values: readonly string[]): void {
  const ordered = operator === '>' || operator === '<'
  const problems = [
    ...(ordered && int64(values[0] ?? '') === undefined
      ? [invalid('values[0]', values[0] ?? '', "for 'Gt', 'Lt' operators, the value must be an integer")]
      : []),
    ...[...new Set(values)].sort().flatMap((value, i) => {
      const faults = labelValueFaults(value)
      return faults.length === 0 ? [] : [invalid(`values[${i}][${key}]`, value, faults.join('; '))]
    }),
  ]
  if (problems.length > 0) throw unreadableTerm(problems.length === 1 ? problems.join() : `[${problems.join(', ')}]`)
}

function requirementOf(key: string, operator: Operator, values: readonly string[]): Requirement {
  const has = (labels: Labels): boolean => Object.hasOwn(labels, key)
  const within = (labels: Labels): boolean => values.includes(labels[key] as string)
  switch (operator) {
    case 'in':
    case '=':
    case '==':
      return (labels) => has(labels) && within(labels)
    case 'notin':
    case '!=':
      return (labels) => !has(labels) || !within(labels)
    default: {
      const bound = int64(values[0] ?? '') ?? 0n
      return (labels) => {
        const actual = has(labels) ? int64(labels[key] as string) : undefined
        return actual !== undefined && (operator === '<' ? actual < bound : actual > bound)
      }
    }
  }
}

function takeRequirement(tokens: Tokens): Requirement {
  const not = tokens.next === '!'
  if (not) tokens.take()
  const key = tokens.take()
  if (!isWord(key)) throw unreadableTerm(found(key, 'identifier'))
  const faults = qualifiedFaults(key)
  if (faults.length > 0) throw unreadableTerm(invalid('<nil>', key, faults.join('; ')))
  if (not) return (labels) => !Object.hasOwn(labels, key)
  if (tokens.next === '' || tokens.next === ',') return (labels) => Object.hasOwn(labels, key)
  const token = tokens.take()
  const operator = operators.find((one) => one === token)
  if (operator === undefined) throw unreadableTerm(found(token, operatorNames))
  const values = operator === 'in' || operator === 'notin' ? takeValues(tokens) : [takeValue(tokens)]
  checkValues(key, operator, values)
  return requirementOf(key, operator, values)
}

/** Parses `app=web,tier in (a,b),!old`; undefined when it selects all. Faults: BadRequest. */
export function labelSelector(text: string | undefined): ((object: Resource) => boolean) | undefined {
  const tokens = new Tokens(text ?? '')
  if (tokens.next === '') return undefined
  if (!isWord(tokens.next) && tokens.next !== '!') {
    throw unreadable(found(tokens.next, "!, identifier, or 'end of string'"))
  }
  const requirements: Requirement[] = []
  for (;;) {
    requirements.push(takeRequirement(tokens))
    const token = tokens.take()
    if (token === '') break
    if (token !== ',') throw unreadable(found(token, "',' or 'end of string'"))
    if (!isWord(tokens.next) && tokens.next !== '!') throw unreadable(found(tokens.next, "identifier after ','"))
  }
  const none: Labels = {}
  return ({ metadata }) => requirements.every((holds) => holds(metadata.labels ?? none))
}
