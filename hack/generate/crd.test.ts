/** Kubernetes' rules for CustomResourceDefinitions, as far as the API server checks them before it serves a kind. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { crdOf } from '../../api/meta/crd.ts'
import { defineKind, type Kind } from '../../api/meta/kind.ts'
import { type Schema, structural, structuralSchemaOf } from '../../api/meta/structural.ts'
import { gantryKinds } from '../../api/v1/kinds.ts'
import { generatedFiles } from './files.ts'

type Node = Readonly<Record<string, unknown>>
const asNode = (value: unknown): Node => (value ?? {}) as Node
const versionOf = (kind: Kind): Node => asNode((asNode(crdOf(kind).spec).versions as readonly unknown[])[0])
const rootOf = (kind: Kind): Node => asNode(asNode(versionOf(kind).schema).openAPIV3Schema)

/** All schema objects below `node`, with their paths. */
function* nodesOf(node: Node, path: string): Generator<readonly [string, Node]> {
  yield [path, node]
  for (const [name, one] of Object.entries(asNode(node.properties))) yield* nodesOf(asNode(one), `${path}.${name}`)
  if (node.items !== undefined) yield* nodesOf(asNode(node.items), `${path}[]`)
  if (node.additionalProperties !== undefined) yield* nodesOf(asNode(node.additionalProperties), `${path}{}`)
}

const allowed = new Set([
  ...['type', 'description', 'default', 'enum', 'required', 'nullable', 'properties', 'items', 'additionalProperties'],
  ...['minItems', 'maxItems', 'minLength', 'maxLength', 'minimum', 'maximum', 'multipleOf', 'format', 'pattern'],
  ...[
    'x-kubernetes-list-type',
    'x-kubernetes-list-map-keys',
    'x-kubernetes-preserve-unknown-fields',
    'x-kubernetes-validations',
  ],
])
const types = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean'])
const jsonTypeOf = (value: unknown): string =>
  Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value

function complaints(path: string, node: Node): string[] {
  const found: string[] = []
  const say = (what: string): void => void found.push(`${path}: ${what}`)
  for (const key of Object.keys(node)) if (!allowed.has(key)) say(`keyword ${key}`)
  const free = node['x-kubernetes-preserve-unknown-fields'] === true
  if (!free && !types.has(String(node.type))) say(`type ${String(node.type)}`)
  if (node.properties !== undefined && node.additionalProperties !== undefined)
    say('properties and additionalProperties')
  if (node.properties !== undefined && node.type !== 'object') say('properties of no object')
  if (node.type === 'array' && node.items === undefined) say('array without items')
  if (node.type === 'integer' && node.format !== 'int32' && node.format !== 'int64') say('integer without format')
  for (const name of (node.required as string[] | undefined) ?? []) {
    if (asNode(node.properties)[name] === undefined) say(`required ${name} is no property`)
  }
  // Kubernetes reads these as whole numbers where the value is one
  for (const key of ['multipleOf', 'minimum', 'maximum'])
    if (node[key] !== undefined && !Number.isInteger(node[key])) say(`${key} ${String(node[key])} is not whole`)
  if (node.default !== undefined && jsonTypeOf(node.default) !== node.type) say('default of another type')
  if (typeof node.pattern === 'string' && /\(\?[=!<]|\\[1-9]/.test(node.pattern)) say('pattern that RE2 cannot read')
  if (typeof node.pattern === 'string') new RegExp(node.pattern, 'u')
  return [...found, ...listComplaints(path, node)]
}

function listComplaints(path: string, node: Node): string[] {
  const keys = (node['x-kubernetes-list-map-keys'] as string[] | undefined) ?? []
  const listType = node['x-kubernetes-list-type']
  if (listType === undefined && keys.length === 0) return []
  if (node.type !== 'array') return [`${path}: list type of no list`]
  if (listType !== 'map') return keys.length === 0 ? [] : [`${path}: map keys of a list that is no map`]
  const item = asNode(node.items)
  if (keys.length === 0 || item.type !== 'object') return [`${path}: map without keys or objects`]
  return keys.flatMap((key) => {
    const member = asNode(asNode(item.properties)[key])
    const present = ((item.required as string[] | undefined) ?? []).includes(key) || member.default !== undefined
    const scalar = ['string', 'integer', 'number', 'boolean'].includes(String(member.type))
    return present && scalar && member.nullable !== true
      ? []
      : [`${path}: key ${key} is not required, defaulted, scalar`]
  })
}

/** What CEL cannot compile: members that are not there, or that have no type. */
function* unreadable(path: string, node: Node): Generator<string> {
  for (const { rule } of (node['x-kubernetes-validations'] as readonly { readonly rule: string }[] | undefined) ?? [])
    for (const [text, members = ''] of rule.matchAll(/\b(?:self|oldSelf)((?:\.\w+\b(?!\())+)/g)) {
      const read = members
        .split('.')
        .slice(1)
        .reduce<Node | undefined>((one, name) => asNode(one?.properties)[name] as Node | undefined, node)
      if (read?.type === undefined && read?.['x-kubernetes-int-or-string'] === undefined)
        yield `${path}: ${text} in ${rule}`
    }
}

/** The schema that a JSONPath such as `.spec.desiredCount` leads to. */
const at = (kind: Kind, path: string): Node | undefined =>
  path
    .split('.')
    .slice(1)
    .reduce<Node | undefined>((node, name) => asNode(node?.properties)[name] as Node | undefined, rootOf(kind))

describe.each(gantryKinds.map((kind) => ({ name: kind.kind, kind })))('$name', ({ kind }) => {
  it('has a structural schema', () => {
    expect([...nodesOf(rootOf(kind), '')].flatMap(([path, node]) => complaints(path, node))).toEqual([])
  })

  it('has rules that can be compiled', () => {
    expect([...nodesOf(rootOf(kind), '')].flatMap(([path, node]) => [...unreadable(path, node)])).toEqual([])
  })

  it('leaves metadata to the API server', () => {
    expect(at(kind, '.metadata')).toEqual({ type: 'object' })
    expect(at(kind, '.apiVersion')?.type).toBe('string')
  })

  it('describes every field', () => {
    const silent = [...nodesOf(rootOf(kind), '')].flatMap(([path, node]) =>
      Object.entries(asNode(node.properties)).flatMap(([name, one]) =>
        asNode(one).description === undefined && name !== 'metadata' ? [`${path}.${name}`] : [],
      ),
    )
    expect(silent).toEqual([])
  })

  it('selects, prints and scales by fields that exist', () => {
    for (const field of kind.selectableFields) {
      expect(['string', 'integer', 'boolean'], field).toContain(at(kind, `.${field}`)?.type)
    }
    for (const { jsonPath, type } of kind.columns.filter((column) => !column.jsonPath.startsWith('.metadata.'))) {
      expect(at(kind, jsonPath)?.type, jsonPath).toBe(type === 'date' ? 'string' : type)
    }
    if (kind.scale === undefined) return
    expect(at(kind, kind.scale.specPath)?.type).toBe('integer')
    expect(at(kind, kind.scale.statusPath)?.type).toBe('integer')
  })
})

it('names do not collide among kinds, nor with those of Kubernetes', () => {
  const names = gantryKinds.flatMap((kind) => [kind.plural, kind.singular, ...kind.shortNames].filter(isDistinct))
  expect(new Set(names).size).toBe(names.length)
  const taken = [
    'svc',
    'ns',
    'po',
    'ev',
    'cm',
    'no',
    'rs',
    'ds',
    'deploy',
    'ing',
    'sa',
    'crd',
    'crds',
    'cs',
    'ep',
    'pv',
  ]
  expect(gantryKinds.flatMap((kind) => kind.shortNames).filter((name) => taken.includes(name))).toEqual([])
})
const isDistinct = (name: string, i: number, all: readonly string[]): boolean => all.indexOf(name) === i

describe('the checked-in files', () => {
  it('are what the schemas say', () => {
    const root = join(import.meta.dirname, '../..')
    for (const [path, content] of generatedFiles()) expect(readFileSync(join(root, path), 'utf8')).toBe(content)
    expect(
      readdirSync(join(root, 'crds'))
        .map((name) => `crds/${name}`)
        .sort(),
    ).toEqual([...generatedFiles().keys()].sort())
  })
})

describe('structural', () => {
  const schemaOf = (schema: z.ZodType): Schema => structuralSchemaOf(schema)
  it.each([
    { when: 'an integer', zod: z.int().max(9), want: { type: 'integer', maximum: 9, format: 'int32' } },
    { when: 'an unbounded integer', zod: z.int().min(0), want: { type: 'integer', minimum: 0, format: 'int64' } },
    { when: 'a time', zod: z.iso.datetime({ offset: true }), want: { type: 'string', format: 'date-time' } },
    {
      when: 'a map',
      zod: z.record(z.string(), z.string()),
      want: { type: 'object', additionalProperties: { type: 'string' } },
    },
    { when: 'an int32', zod: z.int32().min(0), want: { type: 'integer', minimum: 0, format: 'int32' } },
    { when: 'an integer of any width', zod: z.int().meta({ format: '' }), want: { type: 'integer' } },
    { when: 'bytes', zod: z.base64(), want: { type: 'string', format: 'byte' } },
    { when: 'an integer or a text', zod: z.union([z.int(), z.string()]), want: { 'x-kubernetes-int-or-string': true } },
    {
      when: 'an open object',
      zod: z.looseObject({}),
      want: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
    {
      when: 'an object that is one value',
      zod: z.strictObject({ a: z.number().lt(1) }).meta({ mapType: 'atomic' }),
      want: {
        type: 'object',
        properties: { a: { type: 'number', maximum: 1, exclusiveMaximum: true } },
        required: ['a'],
        'x-kubernetes-map-type': 'atomic',
      },
    },
    { when: 'anything', zod: z.unknown(), want: { 'x-kubernetes-preserve-unknown-fields': true } },
    {
      when: 'a closed object with a default',
      zod: z.strictObject({ a: z.string().default('x'), b: z.boolean() }),
      want: {
        type: 'object',
        properties: { a: { type: 'string', default: 'x' }, b: { type: 'boolean' } },
        required: ['b'],
      },
    },
    {
      when: 'a list that is a map',
      zod: z.array(z.strictObject({ n: z.string() })).meta({ listType: 'map', listMapKeys: ['n'] }),
      want: {
        type: 'array',
        items: { type: 'object', properties: { n: { type: 'string' } }, required: ['n'] },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['n'],
      },
    },
    {
      when: 'a list whose items may lack a key',
      zod: z.array(z.strictObject({ n: z.string().optional() })).meta({ listType: 'map', listMapKeys: ['n'] }),
      want: {
        type: 'array',
        items: { type: 'object', properties: { n: { type: 'string' } } },
        'x-kubernetes-list-type': 'atomic',
      },
    },
  ])('$when', ({ zod, want }) => {
    expect(schemaOf(zod)).toEqual(want)
  })

  it('refuses what it has no rule for', () => {
    expect(() => structural({ type: 'string', not: {} })).toThrow('no rule for not')
    expect(() => schemaOf(z.union([z.boolean(), z.string()]))).toThrow('no rule for a union of boolean,string')
  })
})

it('the rules of this test can fail', () => {
  const shape = {
    spec: z.strictObject({
      l: z.array(z.strictObject({ n: z.array(z.string()) })).meta({ listType: 'map', listMapKeys: ['n'] }),
    }),
  }
  const kind = defineKind({ kind: 'Bad', plural: 'bads', description: 'Bad.', shape }) as unknown as Kind
  expect([...nodesOf(rootOf(kind), '')].flatMap(([path, node]) => complaints(path, node))).toEqual([
    '.spec.l: key n is not required, defaulted, scalar',
  ])
})
