/** That no API server's defaults look like drift: what a kube-apiserver fills in by the CRDs is what our own server fills in. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import type { Kind } from '../../api/meta/kind.ts'
import { parseObject } from '../../api/meta/parse.ts'
import { gantryKinds } from '../../api/v1/kinds.ts'
import { aContainer, aService, aTaskDefinition } from '../../test/builders/kinds.ts'
import { generatedFiles } from './files.ts'

type Node = Readonly<Record<string, unknown>>
const asNode = (value: unknown): Node => (value ?? {}) as Node
const isObject = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fills in defaults as Kubernetes does by a structural schema: where a member is absent, then within what is there. */
function defaulted(schema: Node, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => defaulted(asNode(schema.items), one))
  if (!isObject(value)) return value
  const members = asNode(schema.properties)
  const missing = Object.entries(members).flatMap(([name, one]) => {
    const preset = asNode(one).default
    return preset === undefined || value[name] !== undefined ? [] : [[name, preset] as const]
  })
  const all = Object.entries({ ...value, ...Object.fromEntries(missing) }).filter(([, one]) => one !== undefined)
  return Object.fromEntries(
    all.map(([name, one]) => [name, defaulted(asNode(members[name] ?? schema.additionalProperties), one)]),
  )
}

interface Sent {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}
interface Definition {
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Node } }[] }
}
const schemaOf = (kind: Kind): Node => {
  const file = generatedFiles().get(`crds/${kind.group}_${kind.plural}.yaml`) ?? ''
  return (parse(file) as Definition).spec.versions[0]?.schema.openAPIV3Schema ?? {}
}

const examples = join(import.meta.dirname, '../../deploy/examples')
const documents = globSync('**/*.yaml', { cwd: examples }).flatMap((file) =>
  parseAllDocuments(readFileSync(join(examples, file), 'utf8')).map((document) => ({
    file,
    sent: document.toJS() as Sent,
  })),
)
const built = [
  aTaskDefinition({
    spec: { containerDefinitions: [aContainer({ healthCheck: { command: ['CMD', 'true'] } as never })] },
  }),
  aService({ spec: { schedulingStrategy: undefined } }),
].map((sent) => ({ file: 'a builder', sent: JSON.parse(JSON.stringify(sent)) as Sent }))

it.each([...documents, ...built])('$file, $sent.kind $sent.metadata.name', ({ sent }) => {
  const kind = gantryKinds.find((one) => one.kind === sent.kind) as Kind
  const ours = JSON.parse(JSON.stringify(parseObject(kind, sent, { unknown: 'strict' }).object)) as Node
  const theirs = defaulted(schemaOf(kind), sent) as Node
  expect(theirs.spec ?? {}).toEqual(ours.spec ?? {})
  // nobody took a word of what was applied away, nor changed it
  expect(theirs.spec ?? {}).toMatchObject(asNode((sent as unknown as Node).spec))
})

it('there are examples, and defaults to fill in', () => {
  expect(documents.length).toBeGreaterThan(3)
  const schema = {
    properties: {
      a: { properties: { b: { default: 1 } }, default: {} },
      l: { items: { properties: { c: { default: 2 } } } },
    },
  }
  expect(defaulted(schema, { l: [{}] })).toEqual({ a: { b: 1 }, l: [{ c: 2 }] })
})
