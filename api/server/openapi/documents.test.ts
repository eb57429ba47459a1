import { describe, expect, it } from 'vitest'
import { isRecord } from '../../meta/json.ts'
import type { Kind } from '../../meta/kind.ts'
import { ObjectMeta } from '../../meta/object.ts'
import { allKinds } from '../../v1/kinds.ts'
import { Task } from '../../v1/task.ts'
import { servedResources } from '../discovery/served.ts'
import { documentsOf } from './documents.ts'
import { swaggerOf } from './swagger.ts'

const log = { kind: Task as unknown as Kind, name: 'log', verbs: ['get'] }
const documents = documentsOf(servedResources(allKinds, [log], []))
const swagger = swaggerOf([...documents.values()])

/** Every object inside, with the path to it. */
function* objects(value: unknown, path = ''): Generator<readonly [string, Record<string, unknown>]> {
  if (Array.isArray(value)) for (const [at, one] of value.entries()) yield* objects(one, `${path}[${at}]`)
  if (!isRecord(value)) return
  yield [path, value]
  for (const [name, one] of Object.entries(value)) yield* objects(one, `${path}/${name}`)
}
const refsOf = (value: unknown): readonly string[] =>
  [...objects(value)].flatMap(([, { $ref }]) => (typeof $ref === 'string' ? [$ref] : []))
const at = (document: unknown, ref: string): unknown =>
  ref
    .split('/')
    .slice(1)
    .reduce<unknown>((inside, name) => (inside as Record<string, unknown> | undefined)?.[name], document)

describe.each([...documents].map(([name, document]) => ({ name, document })))('$name', ({ document }) => {
  it('refers only to what it has', () => {
    const refs = refsOf(document)
    expect(refs.filter((ref) => at(document, ref) === undefined)).toEqual([])
    const used = new Set(refs.map((ref) => ref.slice(ref.lastIndexOf('/') + 1)))
    const own = Object.keys(document.components.schemas).filter((name) => !used.has(name))
    expect(own).toEqual([])
  })

  it('names each operation once', () => {
    const names = [...objects(document.paths)].flatMap(([, { operationId }]) =>
      operationId === undefined ? [] : [operationId],
    )
    expect(new Set(names).size).toBe(names.length)
  })
})

it('the metadata that is described is the metadata that is read', () => {
  const described = documents.get('api/v1')?.components.schemas['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta']
  expect(Object.keys((described as { properties: object }).properties).sort()).toEqual(
    Object.keys(ObjectMeta.shape).sort(),
  )
})

describe('the document of the second version', () => {
  it('refers only to what it has', () => {
    expect(refsOf(swagger).filter((ref) => at(swagger, ref) === undefined)).toEqual([])
    expect(refsOf(swagger).filter((ref) => !/^#\/(definitions|parameters)\//.test(ref))).toEqual([])
  })

  it('has none of the words that its readers do not know', () => {
    const foreign = ['nullable', 'anyOf', 'oneOf', 'allOf']
    const found = [...objects(swagger.definitions)].filter(([, schema]) =>
      foreign.some((word) => Object.hasOwn(schema, word)),
    )
    expect(found.map(([path]) => path)).toEqual([])
  })

  it('has the paths of all groups, and the log of a task', () => {
    expect(Object.keys(swagger.paths)).toEqual(
      expect.arrayContaining([
        '/api/v1/namespaces/{namespace}/secrets/{name}',
        '/apis/gantry.dev/v1/namespaces/{namespace}/tasks/{name}/log',
        '/version/',
      ]),
    )
    expect(swagger.paths['/apis/gantry.dev/v1/clusters/{name}']).toMatchObject({
      patch: { consumes: expect.arrayContaining(['application/apply-patch+yaml']) },
    })
  })

  it.each([
    ['/api/v1/namespaces/{name}', true],
    ['/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}', true],
    ['/apis/gantry.dev/v1/clusters/{name}', false],
  ])('%s takes strategic merge patches: %s', (path, isTaken) => {
    const { patch } = swagger.paths[path] as { patch: { consumes: readonly string[] } }
    expect(patch.consumes.includes('application/strategic-merge-patch+json')).toBe(isTaken)
  })
})
