/**
 * What a rule in CEL costs at most by a kube-apiserver's reckoning: it refuses a CustomResourceDefinition whose rules could run too
 * long on the largest object that the schema admits. Rougher than the original, and never cheaper where rules iterate or read texts.
 */
import { Environment } from '@marcbachmann/cel-js'

type Node = Readonly<Record<string, unknown>>
interface Ast {
  readonly op: string
  readonly args: unknown
}
/** What an expression may be: its schema, when it is a part of the object, and how many items or characters it has. */
interface Extent {
  readonly schema: Node | undefined
  readonly size: number
}

/** Kubernetes' own limits: for one rule, and for all rules of a definition. */
export const celLimits = { rule: 10_000_000, definition: 100_000_000 }
/** Bytes of the largest request: what is unbounded may be so long. */
const largestRequest = 3 * 1024 * 1024
const perCharacter = 0.1
const perPatternCharacter = 0.25
/** A bound counts characters, a cost bytes. */
const bytesOfCharacter = 4
/** Making a list, also the one that map and filter make anew for each item. */
const listCost = 10
const mapCost = 30
/** What a loop does for an item besides its body. */
const turnCost = 4
const loops = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])

const asNode = (value: unknown): Node => (value ?? {}) as Node
const asAst = (value: unknown): Ast => value as Ast

/** Items, members or bytes that a value of this schema may have. */
export function sizeOf(schema: Node): number {
  if (schema.type === 'array') return (schema.maxItems as number | undefined) ?? largestRequest / 3
  if (schema.additionalProperties !== undefined)
    return (schema.maxProperties as number | undefined) ?? largestRequest / 8
  if (Array.isArray(schema.enum)) return Math.max(...schema.enum.map((one) => String(one).length))
  if (schema.type === 'string') {
    const most = schema.maxLength as number | undefined
    return most === undefined ? largestRequest : most * bytesOfCharacter
  }
  return 1
}

/** What nothing is known of: a text made of a number, an item of a list that was made. No bound is assumed then. */
const unknown: Extent = { schema: undefined, size: Number.MAX_SAFE_INTEGER }
const extentOf = (schema: Node | undefined): Extent => ({ schema, size: schema === undefined ? 1 : sizeOf(schema) })
const plain: Extent = { schema: undefined, size: 1 }

interface Costed extends Extent {
  readonly cost: number
}
type Scope = ReadonlyMap<string, Extent>

function loop(name: string, of: Costed, args: readonly unknown[], scope: Scope): Costed {
  const item = asNode(of.schema).items
  const inner = new Map(scope).set(String(asAst(args[0]).args), item === undefined ? plain : extentOf(asNode(item)))
  const body = args.slice(1).map((one) => costed(asAst(one), inner))
  const makes = name === 'map' || name === 'filter' ? listCost : 0
  const cost = of.cost + makes + of.size * body.reduce((sum, one) => sum + one.cost, turnCost + makes)
  return { schema: undefined, size: makes > 0 ? of.size : 1, cost }
}

function called(name: string, all: readonly Costed[], pattern: number): Costed {
  const [first = { ...plain, cost: 0 }] = all
  const cost = all.reduce((sum, one) => sum + one.cost, 1)
  if (name === 'matches')
    return { ...plain, cost: cost + (1 + first.size) * perCharacter * pattern * perPatternCharacter }
  if (name === 'split') return { schema: undefined, size: first.size, cost: cost + 2 * first.size * perCharacter }
  if (name === 'sum') return { ...plain, cost: cost + first.size }
  // each item is compared, and those of a list that is written out are of unknown length
  if (name === 'indexOf') return { ...plain, cost: cost + first.size * unknown.size * perCharacter }
  if (name === 'string') return { ...unknown, cost }
  if (name === 'int' || name === 'double') return { ...plain, cost }
  return { ...plain, cost: name === 'size' || name === 'has' ? cost : cost + first.size * perCharacter }
}

function costed(ast: Ast, scope: Scope): Costed {
  if (ast.op === 'id') return { ...(scope.get(String(ast.args)) ?? plain), cost: 1 }
  if (ast.op === 'value') return { schema: undefined, size: String(ast.args).length, cost: 0 }
  const args = ast.args as readonly unknown[]
  if (ast.op === '.') {
    const of = costed(asAst(args[0]), scope)
    if (of.schema === undefined) return { ...unknown, cost: of.cost + 1 }
    const member = asNode(asNode(of.schema).properties)[String(args[1])]
    return { ...extentOf(member === undefined ? undefined : asNode(member)), cost: of.cost + 1 }
  }
  if (ast.op === 'rcall') {
    const [name, receiver, given] = args as readonly [string, Ast, readonly Ast[]]
    const of = costed(receiver, scope)
    if (loops.has(name)) return loop(name, of, given, scope)
    return called(name, [of, ...given.map((one) => costed(one, scope))], String(given[0]?.args ?? '').length)
  }
  if (ast.op === 'call') {
    const [name, given] = args as readonly [string, readonly Ast[]]
    return called(
      name,
      given.map((one) => costed(one, scope)),
      0,
    )
  }
  if (ast.op === 'map') {
    const entries = (args as readonly (readonly [Ast, Ast])[]).flat().map((one) => costed(one, scope))
    // of values like numbers, which cost nothing to compare
    return {
      schema: { items: {} },
      size: entries.length / 2,
      cost: entries.reduce((sum, one) => sum + one.cost, mapCost),
    }
  }
  const parts = (ast.op === 'list' ? args : Array.isArray(args) ? args : [args]).map((one) => costed(asAst(one), scope))
  const cost = parts.reduce((sum, one) => sum + one.cost, 1)
  if (ast.op === 'list') return { schema: undefined, size: parts.length, cost: cost + listCost }
  if (ast.op === '[]') {
    const item = asNode(parts[0]?.schema).items
    return { ...(item === undefined ? unknown : extentOf(asNode(item))), cost }
  }
  const shorter = Math.min(...parts.map(({ size }) => size))
  if (ast.op === 'in')
    return { ...plain, cost: cost + (parts[1]?.size ?? 1) * (1 + (parts[0]?.size ?? 1) * perCharacter) }
  if (['==', '!=', '<', '<=', '>', '>='].includes(ast.op)) return { ...plain, cost: cost + shorter * perCharacter }
  if (ast.op === '+') {
    const size = parts.reduce((sum, one) => sum + one.size, 0)
    return { schema: undefined, size, cost: cost + size * perCharacter }
  }
  return { ...plain, cost }
}

/** What evaluating `rule` once on an object of this schema may cost. */
export const celCost = (rule: string, schema: Node): number => {
  const self = extentOf(schema)
  return costed(
    new Environment().parse(rule).ast as unknown as Ast,
    new Map([
      ['self', self],
      ['oldSelf', self],
    ]),
  ).cost
}
