/** The grammar of the cluster query language (ecs-core 6.4): a recursive descent over the text, no side doors. */

export const querySubjects = [
  'agentConnected',
  'agentVersion',
  'ec2InstanceId',
  'registeredAt',
  'runningTasksCount',
  'task:group',
  'attribute',
] as const
export type QuerySubject = (typeof querySubjects)[number]

/** Every spelling of an operator, the longest first where one starts another. */
const spellings = {
  not_exists: '!exists',
  '!exists': '!exists',
  exists: 'exists',
  not_in: '!in',
  '!in': '!in',
  in: 'in',
  not_equals: '!=',
  '!=': '!=',
  equals: '==',
  '==': '==',
  not_matches: '!~',
  '!~': '!~',
  matches: '=~',
  '=~': '=~',
  greater_than_equal: '>=',
  '>=': '>=',
  greater_than: '>',
  '>': '>',
  less_than_equal: '<=',
  '<=': '<=',
  less_than: '<',
  '<': '<',
} as const
export type Operator = (typeof spellings)[keyof typeof spellings]

/** An expression as a tree. */
export type ClusterQuery =
  | { readonly is: 'and' | 'or'; readonly of: readonly ClusterQuery[] }
  | { readonly is: 'not'; readonly of: ClusterQuery }
  | {
      readonly is: 'test'
      readonly subject: QuerySubject
      /** Set when subject is `attribute`. */
      readonly attribute: string
      readonly operator: Operator
      readonly values: readonly string[]
    }

/** The tree, or where reading stopped (0-based offset) and what was expected there. */
export type ParsedQuery =
  | { readonly ok: true; readonly query: ClusterQuery }
  | { readonly ok: false; readonly at: number; readonly expected: string }

const texts: readonly Operator[] = ['==', '!=', 'in', '!in', '=~', '!~']
const orders: readonly Operator[] = ['==', '!=', '>', '>=', '<', '<=']
const operatorsOf: Readonly<Record<QuerySubject, readonly Operator[]>> = {
  agentConnected: texts,
  ec2InstanceId: texts,
  'task:group': texts,
  attribute: [...texts, 'exists', '!exists'],
  agentVersion: orders,
  registeredAt: orders,
  runningTasksCount: orders,
}

/** Deeper nesting is nobody's constraint. */
const mostNested = 50

class Unreadable extends Error {
  readonly at: number
  constructor(at: number, expected: string) {
    super(expected)
    this.at = at
  }
}

const spaces = /\s*/y
const bareWord = /[^\s()[\],!=<>~&|'"]+/y
const quoted = /"([^"]*)"|'([^']*)'/y
const symbolOperator = /[!=<>~]+(?:exists|in)?/y
const wordOperator = /[a-z_]+/y

class Reader {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  query(): ClusterQuery {
    const query = this.#or()
    this.#skip()
    if (this.#at < this.#text.length) this.#fail('"and", "or" or the end')
    return query
  }

  #fail(expected: string, at = this.#at): never {
    throw new Unreadable(at, `expected ${expected}`)
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match === null) return undefined
    this.#at = pattern.lastIndex
    return match
  }

  #skip(): void {
    this.#match(spaces)
  }

  #symbol(symbol: string): boolean {
    this.#skip()
    if (!this.#text.startsWith(symbol, this.#at)) return false
    this.#at += symbol.length
    return true
  }

  #keyword(word: string): boolean {
    this.#skip()
    const end = this.#at + word.length
    if (!this.#text.startsWith(word, this.#at) || /[\w:.-]/.test(this.#text[end] ?? '')) return false
    this.#at = end
    return true
  }

  #or(): ClusterQuery {
    const parts = [this.#and()]
    while (this.#keyword('or') || this.#symbol('||')) parts.push(this.#and())
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { is: 'or', of: parts }
  }

  #and(): ClusterQuery {
    const parts = [this.#unary()]
    while (this.#keyword('and') || this.#symbol('&&')) parts.push(this.#unary())
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { is: 'and', of: parts }
  }

  #unary(): ClusterQuery {
    if (++this.#depth > mostNested) this.#fail(`at most ${mostNested} levels`)
    const query = this.#innerUnary()
    this.#depth--
    return query
  }

  #innerUnary(): ClusterQuery {
    if (this.#keyword('not') || this.#symbol('!')) return { is: 'not', of: this.#unary() }
    if (!this.#symbol('(')) return this.#test()
    const inner = this.#or()
    if (!this.#symbol(')')) this.#fail('")"')
    return inner
  }

  #test(): ClusterQuery {
    this.#skip()
    const at = this.#at
    const word = this.#match(bareWord)?.[0] ?? ''
    const isAttribute = word.startsWith('attribute:') && word.length > 'attribute:'.length
    const subject = isAttribute ? 'attribute' : querySubjects.find((known) => known === word && known !== 'attribute')
    if (subject === undefined) {
      this.#fail(
        `attribute:NAME, ${querySubjects.filter((known) => known !== 'attribute').join(', ')}, "not" or "("`,
        at,
      )
    }
    const operator = this.#operator(subject)
    const attribute = isAttribute ? word.slice('attribute:'.length) : ''
    return { is: 'test', subject, attribute, operator, values: this.#values(subject, operator) }
  }

  #operator(subject: QuerySubject): Operator {
    this.#skip()
    const at = this.#at
    const spelling = (this.#match(symbolOperator) ?? this.#match(wordOperator))?.[0] ?? ''
    const operator = Object.hasOwn(spellings, spelling) ? spellings[spelling as keyof typeof spellings] : undefined
    const allowed = operatorsOf[subject]
    if (operator === undefined || !allowed.includes(operator)) {
      this.#fail(`one of the operators ${allowed.join(' ')} after ${subject}`, at)
    }
    return operator
  }

  #values(subject: QuerySubject, operator: Operator): readonly string[] {
    if (operator === 'exists' || operator === '!exists') return []
    if (operator !== 'in' && operator !== '!in') return [this.#value(subject, operator)]
    if (!this.#symbol('[')) this.#fail('"[" and a list of values')
    const values = [this.#value(subject, operator)]
    while (this.#symbol(',')) values.push(this.#value(subject, operator))
    if (!this.#symbol(']')) this.#fail('"," or "]"')
    return values
  }

  #value(subject: QuerySubject, operator: Operator): string {
    this.#skip()
    const at = this.#at
    const isPattern = operator === '=~' || operator === '!~'
    const quote = this.#match(quoted)
    const value =
      quote === undefined ? (isPattern ? this.#barePattern() : this.#match(bareWord)?.[0]) : (quote[1] ?? quote[2])
    if (value === undefined || (value === '' && quote === undefined)) this.#fail('a value', at)
    if (isPattern && !isRegularExpression(value)) this.#fail('a regular expression', at)
    if (subject === 'runningTasksCount' && !/^\d+$/.test(value)) this.#fail('a whole number', at)
    if (
      subject === 'registeredAt' &&
      !/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(value)
    ) {
      this.#fail('a time such as 2018-06-18T22:28:28+00:00', at)
    }
    return value
  }

  /** An unquoted regular expression goes to the next space, or to a parenthesis it did not open. */
  #barePattern(): string {
    const start = this.#at
    let open = 0
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? ''
      if (/\s/.test(character) || (character === ')' && open === 0)) break
      if (character === '(') open++
      if (character === ')') open--
      this.#at++
    }
    return this.#text.slice(start, this.#at)
  }
}

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(`^(?:${text})$`, 'u') !== undefined
  } catch {
    return false
  }
}

/** Reads an expression. */
export function parseClusterQuery(text: string): ParsedQuery {
  try {
    return { ok: true, query: new Reader(text).query() }
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, at: error.at, expected: error.message }
    throw error
  }
}
