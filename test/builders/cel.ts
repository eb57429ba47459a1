/** Evaluates a kind's rules in CEL as a kube-apiserver would, and compares them with what `validate` says. */
import { Environment } from '@marcbachmann/cel-js'
import { rootSchemaOf } from '../../api/meta/crd.ts'
import type { Kind } from '../../api/meta/kind.ts'
import type { FieldProblem } from '../../lib/errors.ts'

type Node = Readonly<Record<string, unknown>>
export interface CelRule {
  readonly rule: string
  readonly message: string
  readonly messageExpression?: string
  readonly fieldPath?: string
  readonly reason: string
}
const asNode = (value: unknown): Node => (value ?? {}) as Node
export const rulesOf = (schema: unknown): readonly CelRule[] =>
  (asNode(schema)['x-kubernetes-validations'] as readonly CelRule[] | undefined) ?? []

/** What Kubernetes adds to the language, as far as the rules use it. */
export const withKubernetes = (environment: Environment): Environment =>
  environment
    .registerFunction('list.sum(): int', (list: bigint[]) => list.reduce((sum, one) => sum + one, 0n))
    .registerFunction('list.indexOf(string): int', (list: string[], one: string) => BigInt(list.indexOf(one)))

const untyped = withKubernetes(new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false }))

const parsed = new Map<string, ReturnType<Environment['parse']>>()
/** Parses each expression once: there are many, and each is asked of every object. */
function evaluate(text: string, given: Readonly<Record<string, unknown>>): unknown {
  const program = parsed.get(text) ?? untyped.parse(text)
  parsed.set(text, program)
  return program(given)
}

/** A value as CEL sees it by its schema: integers are whole numbers. */
function celValue(schema: Node, value: unknown): unknown {
  if (value === undefined || value === null) return value
  if (schema.type === 'integer') return BigInt(value as number)
  if (Array.isArray(value)) return value.map((one) => celValue(asNode(schema.items), one))
  if (typeof value !== 'object') return value
  const memberOf = (name: string): Node => asNode(asNode(schema.properties)[name] ?? schema.additionalProperties)
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(entries.map(([name, one]) => [name, celValue(memberOf(name), one)]))
}

const schemas = new WeakMap<Kind, Node>()
function schemaOf(kind: Kind): Node {
  const schema = schemas.get(kind) ?? rootSchemaOf(kind)
  schemas.set(kind, schema)
  return schema
}

interface Broken extends FieldProblem {
  /** The rule's message as it stands in the schema. */
  readonly text: string
}

function* brokenAt(schema: Node, value: unknown, old: unknown, path: string): Generator<Broken> {
  if (value === undefined || value === null) return
  const given = { self: celValue(schema, value), oldSelf: celValue(schema, old) }
  for (const { rule, message, messageExpression, fieldPath = '', reason } of rulesOf(schema)) {
    if (rule.includes('oldSelf') && old === undefined) continue
    if (evaluate(rule, given) === true) continue
    const said = messageExpression === undefined ? message : String(evaluate(messageExpression, given))
    yield { path: path + fieldPath, reason: reason as FieldProblem['reason'], message: said, text: message }
  }
  if (Array.isArray(value)) {
    for (const [i, one] of value.entries()) yield* brokenAt(asNode(schema.items), one, undefined, `${path}[${i}]`)
  } else if (typeof value === 'object') {
    for (const [name, member] of Object.entries(asNode(schema.properties))) {
      const before = old === undefined ? undefined : asNode(old)[name]
      yield* brokenAt(asNode(member), asNode(value)[name], before, path === '' ? name : `${path}.${name}`)
    }
  }
}

/** What a kube-apiserver would say of an object with all defaults that fits its schema. */
export const celProblems = (kind: Kind, object: unknown, old?: unknown): readonly FieldProblem[] => [
  ...brokenAt(schemaOf(kind), object, old, ''),
]

/** Each rule below a schema by a name: the field it is said of, `[]` for every item, and its message. */
export function ruleNames(schema: unknown, path = ''): readonly string[] {
  const { properties, items } = asNode(schema)
  return [
    ...rulesOf(schema).map(({ fieldPath = '', message }) => `${path}${fieldPath}: ${message}`),
    ...Object.entries(asNode(properties)).flatMap(([name, one]) =>
      ruleNames(one, path === '' ? name : `${path}.${name}`),
    ),
    ...(items === undefined ? [] : ruleNames(items, `${path}[]`)),
  ]
}

/** The names of the rules that an object breaks, each once. */
export const firedRules = (kind: Kind, object: unknown, old?: unknown): readonly string[] => [
  ...new Set(
    [...brokenAt(schemaOf(kind), object, old, '')].map(
      ({ path, text }) => `${path.replace(/\[\d+\]/g, '[]')}: ${text}`,
    ),
  ),
]

/** What only code can say: of cycles, of what several parts share, of sizes, of languages within texts, of what may be any JSON. */
const beyondCel: readonly RegExp[] = [
  /containers wait for each other/,
  /Duplicate value|must not overlap|with two protocols/,
  /there is no container '.*' in the task definition/,
  /No Fargate configuration|on Fargate|Fargate launch type|log driver awslogs|Log driver awslogs|must not exceed it/,
  /EFS is not supported/,
  /may not be more than|cannot be read at character/,
  /must be net\.\*|(net\.\*|IPC parameters) are? ?(is )?not supported|is not supported when (networkMode|ipcMode)=host/,
  /The secret name must be unique/,
  /must be MiB|must be CPU units|It must be 128 to 196608|memory together/,
  /name or ARN of a (cluster|role)/,
  /expected number to be|expected string|Unrecognized key|a TASK hook needs a taskDefinition/,
  /field cannot hold|there is no such date|is not a date and time|is no time zone|must be after startDate/,
]

const matches = (said: string, message: string): boolean =>
  new RegExp(
    said
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  ).test(message)
const covers = (cel: FieldProblem, problem: FieldProblem): boolean =>
  problem.path.startsWith(cel.path) && matches(cel.message, problem.message)
const line = ({ path, message }: FieldProblem): string => `${path}: ${message}`

/** Where the rules in CEL and `validate` differ: each says what the other does, but for what only code can say. */
export function disagreements<T>(kind: Kind, object: T, old?: T): readonly string[] {
  const cel = celProblems(kind, object, old)
  const code = kind.validate(object as never, old as never)
  return [
    ...cel.filter((one) => !code.some((problem) => covers(one, problem))).map((one) => `only CEL: ${line(one)}`),
    ...code
      .filter((one) => !cel.some((found) => covers(found, one)))
      .filter(({ message }) => !beyondCel.some((pattern) => pattern.test(message)))
      .map((one) => `only code: ${line(one)}`),
  ]
}
