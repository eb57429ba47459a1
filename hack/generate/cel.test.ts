/** That the rules in CEL would be taken by a kube-apiserver: they compile against the schema, are affordable, and say something. */
import { Environment } from '@marcbachmann/cel-js'
import { describe, expect, it } from 'vitest'
import { rootSchemaOf } from '../../api/meta/crd.ts'
import type { Kind } from '../../api/meta/kind.ts'
import { gantryKinds } from '../../api/v1/kinds.ts'
import { Service } from '../../api/v1/service.ts'
import { type CelRule, celProblems, rulesOf, withKubernetes } from '../../test/builders/cel.ts'
import { celCost, celLimits, sizeOf } from '../../test/builders/cel-cost.ts'

type Node = Readonly<Record<string, unknown>>
const asNode = (value: unknown): Node => (value ?? {}) as Node

interface Place {
  readonly path: string
  readonly schema: Node
  /** How many such values an object may have. */
  readonly times: number
  /** Whether an old value can be told for a new one. */
  readonly hasOld: boolean
}

function* placesOf(schema: Node, path = '', times = 1, hasOld = true): Generator<Place> {
  yield { path, schema, times, hasOld }
  for (const [name, one] of Object.entries(asNode(schema.properties)))
    yield* placesOf(asNode(one), `${path}.${name}`, times, hasOld)
  if (schema.additionalProperties !== undefined)
    yield* placesOf(asNode(schema.additionalProperties), `${path}{}`, times * sizeOf(schema), hasOld)
  if (schema.items !== undefined) {
    const keyed = schema['x-kubernetes-list-type'] === 'map'
    yield* placesOf(asNode(schema.items), `${path}[]`, times * sizeOf(schema), hasOld && keyed)
  }
}

/** An environment in which `self` and `oldSelf` have the schema's types. */
function typed(schema: Node): Environment {
  const environment = withKubernetes(new Environment())
  let count = 0
  const nameOf = (node: Node): string => {
    if (node.type === 'array') return `list<${nameOf(asNode(node.items))}>`
    if (node.type === 'object' && node.properties !== undefined) {
      count += 1
      const name = `Object${count}`
      const fields = Object.entries(node.properties as Node).map(([key, one]) => [key, nameOf(asNode(one))])
      environment.registerType(name, { fields: Object.fromEntries(fields) })
      environment.registerOperator(`${name} == ${name}`, () => true)
      return name
    }
    if (node.additionalProperties !== undefined) return `map<string, ${nameOf(asNode(node.additionalProperties))}>`
    const scalars = new Map([
      ['string', 'string'],
      ['integer', 'int'],
      ['number', 'double'],
      ['boolean', 'bool'],
    ])
    return scalars.get(String(node.type)) ?? 'dyn'
  }
  const type = nameOf(schema)
  return environment.registerVariable('self', type).registerVariable('oldSelf', type)
}

const memberAt = (schema: Node, path: string): Node | undefined =>
  path
    .split('.')
    .slice(1)
    .reduce<Node | undefined>((node, name) => asNode(node?.properties)[name] as Node | undefined, schema)

function complaints(
  { schema, hasOld }: Place,
  { rule, message, messageExpression, fieldPath, reason }: CelRule,
): string[] {
  const environment = typed(schema)
  const typeOf = (text: string): string => {
    const checked = environment.check(text)
    return checked.valid ? String(checked.type) : `none: ${checked.error?.message.split('\n')[0]}`
  }
  const said = messageExpression === undefined ? 'string' : typeOf(messageExpression)
  return [
    ...(typeOf(rule) === 'bool' ? [] : [`is ${typeOf(rule)}`]),
    ...(said === 'string' ? [] : [`its message is ${said}`]),
    ...(message.trim() === '' || /[\n\r]/.test(message) || message.length > 2048 ? ['has no message of one line'] : []),
    ...(fieldPath !== undefined && memberAt(schema, fieldPath) === undefined ? [`${fieldPath} is no field`] : []),
    ...(['FieldValueInvalid', 'FieldValueForbidden', 'FieldValueRequired'].includes(reason)
      ? []
      : [`reason ${reason}`]),
    ...(rule.includes('oldSelf') && !hasOld ? ['no old value can be told here'] : []),
  ]
}

describe.each(gantryKinds.map((kind) => ({ name: kind.kind, kind })))('rules of $name', ({ kind }) => {
  const places = [...placesOf(asNode(rootSchemaOf(kind)))]
  const all = places.flatMap((place) => rulesOf(place.schema).map((rule) => ({ place, rule })))

  it('compile against the schema and say something', () => {
    const found = all.flatMap(({ place, rule }) =>
      complaints(place, rule).map((complaint) => `${place.path}: ${rule.rule}: ${complaint}`),
    )
    expect(found).toEqual([])
  })

  it('are affordable on the largest object', () => {
    const costs = all.flatMap(({ place, rule: { rule, messageExpression } }) =>
      [rule, ...(messageExpression === undefined ? [] : [messageExpression])].map((text) => ({
        text: `${place.path}: ${text}`,
        cost: celCost(text, place.schema) * (text === rule ? place.times : 1),
      })),
    )
    expect(costs.filter(({ cost }) => cost > celLimits.rule)).toEqual([])
    expect(costs.reduce((sum, { cost }) => sum + cost, 0)).toBeLessThan(celLimits.definition)
  })
})

describe('these checks can fail', () => {
  const names = { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } }
  const schema: Node = { type: 'object', properties: { names, count: { type: 'integer', format: 'int32' } } }
  const place: Place = { path: '.spec', schema, times: 1, hasOld: false }
  const rule = (text: string, over: Partial<CelRule> = {}): CelRule => ({
    rule: text,
    message: 'wrong',
    reason: 'FieldValueInvalid',
    ...over,
  })

  it.each([
    { when: 'an unknown member', rule: rule('self.cuont > 1'), says: 'No such key: cuont' },
    { when: 'types that do not fit', rule: rule("self.count > 'a'"), says: 'no such overload' },
    { when: 'no truth', rule: rule('self.count'), says: 'is int' },
    { when: 'no message', rule: rule('self.count > 1', { message: ' ' }), says: 'no message' },
    { when: 'a field that is none', rule: rule('true', { fieldPath: '.x' }), says: '.x is no field' },
    { when: 'an old value that is unknown', rule: rule('self.count > oldSelf.count'), says: 'no old value' },
  ])('$when', ({ rule: one, says }) => {
    expect(complaints(place, one).join()).toContain(says)
  })

  it('a loop in a loop over lists without bounds is too dear, with bounds it is not', () => {
    const pairs = 'self.names.all(a, self.names.exists_one(b, a.name == b.name))'
    expect(celCost(pairs, schema)).toBeGreaterThan(celLimits.rule)
    const name = { type: 'string', maxLength: 20 }
    const bounded = { ...names, maxItems: 10, items: { type: 'object', properties: { name } } }
    expect(celCost(pairs, { type: 'object', properties: { names: bounded } })).toBeLessThan(5000)
  })

  it.each([
    { when: 'a number as a text', rule: "'more than ' + string(self.count)" },
    { when: 'an item of a list that was made', rule: "'not ' + self.names.filter(n, n.name != '')[0].name" },
    { when: 'the place of a text in a list that is written out', rule: "['a', 'b'].indexOf(self.names[0].name) >= 0" },
  ])('$when is too dear', ({ rule: text }) => {
    const name = { type: 'string', maxLength: 20 }
    const bounded = { ...names, maxItems: 10, items: { type: 'object', properties: { name } } }
    const within = { type: 'object', properties: { ...(schema.properties as Node), names: bounded } }
    expect(100 * celCost(text, within)).toBeGreaterThan(celLimits.rule)
    expect(100 * celCost("{'a': 0, 'b': 1}[self.names[0].name] >= 0 || self.count > 1", within)).toBeLessThan(10_000)
  })

  it('a rule that is broken is found, with what it says', () => {
    const problems = celProblems(Service as unknown as Kind, {
      spec: { taskDefinition: 'web', schedulingStrategy: 'REPLICA' },
    })
    expect(problems.map(({ path }) => path)).toEqual(['spec.desiredCount'])
  })
})
