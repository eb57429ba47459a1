/** The paths of a resource and the operations on them, in the third version's form. Pure. */
import { isNative } from '../../meta/kind.ts'
import type { GroupVersionKind, ServedPart, ServedResource } from '../discovery/served.ts'
import { metaName, refTo, type Schema } from './fields.ts'
import { definitionName, operationWord, partWord, tagOf } from './names.ts'
import { inPath, type Parameter, parametersOf } from './parameters.ts'

/** Operations by method, and the parameters of them all. */
export type PathItem = Readonly<Record<string, unknown>>
export type Paths = Readonly<Record<string, PathItem>>

const written = ['application/json', 'application/yaml'] as const
/** What may be sent to change a resource; kubectl looks here before it sends a strategic merge patch. */
const patchesOf = (resource: GroupVersionKind): readonly string[] => [
  'application/json-patch+json',
  'application/merge-patch+json',
  ...(isNative(resource) ? ['application/strategic-merge-patch+json'] : []),
  'application/apply-patch+yaml',
]
const codes = { 200: 'OK', 201: 'Created', 202: 'Accepted' } as const

const parameter = ({ name, in: place, description, type }: Parameter): Schema => ({
  name,
  in: place,
  description,
  ...(place === 'path' ? { required: true } : {}),
  schema: { type, uniqueItems: true },
})

const contentOf = (types: readonly string[], definition: string): Schema =>
  Object.fromEntries(types.map((type) => [type, { schema: refTo(definition) }]))

interface Asked {
  /** Kubernetes' name of what is done, as `x-kubernetes-action` has it. */
  readonly action: string
  readonly description: string
  readonly id: string
  readonly parameters: keyof typeof parametersOf
  readonly takes?: { readonly definition: string; readonly types?: readonly string[]; readonly required: boolean }
  readonly gives: string
  readonly answers: readonly (keyof typeof codes)[]
}

const operation = (of: GroupVersionKind, asked: Asked): Schema => ({
  tags: [tagOf(of)],
  description: asked.description,
  operationId: asked.id,
  ...(asked.parameters === 'none' ? {} : { parameters: parametersOf[asked.parameters].map(parameter) }),
  ...(asked.takes === undefined
    ? {}
    : {
        requestBody: {
          content: contentOf(asked.takes.types ?? written, asked.takes.definition),
          ...(asked.takes.required ? { required: true } : {}),
        },
      }),
  responses: {
    ...Object.fromEntries(
      asked.answers.map((code) => [code, { description: codes[code], content: contentOf(written, asked.gives) }]),
    ),
    401: { description: 'Unauthorized' },
  },
  'x-kubernetes-action': asked.action,
  'x-kubernetes-group-version-kind': { group: of.group, version: of.version, kind: of.kind },
})

/** Members for the verbs that the resource has. */
function byVerb(
  verbs: readonly string[],
  operations: Readonly<Record<string, readonly [method: string, asked: Asked]>>,
  of: GroupVersionKind,
): Schema {
  const had = Object.entries(operations).filter(([verb]) => verbs.includes(verb))
  return Object.fromEntries(had.map(([, [method, asked]]) => [method, operation(of, asked)]))
}

const patchOf = (of: GroupVersionKind, word: string, description: string, gives: string): readonly [string, Asked] => [
  'patch',
  {
    action: 'patch',
    description,
    id: `patch${word}`,
    parameters: 'patch',
    takes: { definition: metaName('Patch'), types: patchesOf(of), required: true },
    gives,
    answers: [200],
  },
]
const replaceOf = (word: string, description: string, gives: string): readonly [string, Asked] => [
  'put',
  {
    action: 'put',
    description,
    id: `replace${word}`,
    parameters: 'write',
    takes: { definition: gives, required: true },
    gives,
    answers: [200, 201],
  },
]
const readOf = (word: string, description: string, gives: string): readonly [string, Asked] => [
  'get',
  { action: 'get', description, id: `read${word}`, parameters: 'get', gives, answers: [200] },
]
const createOf = (word: string, description: string, gives: string): readonly [string, Asked] => [
  'post',
  {
    action: 'post',
    description,
    id: `create${word}`,
    parameters: 'write',
    takes: { definition: gives, required: true },
    gives,
    answers: [200, 201, 202],
  },
]

interface Words {
  readonly version: string
  readonly namespaced: '' | 'Namespaced'
}
const listOf = (resource: ServedResource, id: string, parameters: 'list' | 'none'): readonly [string, Asked] => [
  'get',
  {
    action: 'list',
    description: `list objects of kind ${resource.kind}`,
    id,
    parameters,
    gives: `${definitionName(resource)}List`,
    answers: [200],
  },
]

function collection(resource: ServedResource, { version, namespaced }: Words): Schema {
  const { kind } = resource
  const word = `${version}${namespaced}${kind}`
  const deletion: Asked = {
    action: 'deletecollection',
    description: `delete collection of ${kind}`,
    id: `delete${version}Collection${namespaced}${kind}`,
    parameters: 'list',
    gives: metaName('Status'),
    answers: [200],
  }
  const operations = {
    list: listOf(resource, `list${word}`, 'list'),
    create: createOf(word, `create a ${kind}`, definitionName(resource)),
    deletecollection: ['delete', deletion] as const,
  }
  return byVerb(resource.verbs, operations, resource)
}

function single(resource: ServedResource, { version, namespaced }: Words): Schema {
  const { kind } = resource
  const word = `${version}${namespaced}${kind}`
  const definition = definitionName(resource)
  const deletion: Asked = {
    action: 'delete',
    description: `delete a ${kind}`,
    id: `delete${word}`,
    parameters: 'delete',
    takes: { definition: metaName('DeleteOptions'), required: false },
    gives: metaName('Status'),
    answers: [200, 202],
  }
  const operations = {
    get: readOf(word, `read the specified ${kind}`, definition),
    update: replaceOf(word, `replace the specified ${kind}`, definition),
    delete: ['delete', deletion] as const,
    patch: patchOf(resource, word, `partially update the specified ${kind}`, definition),
  }
  return byVerb(resource.verbs, operations, resource)
}

function partOf(resource: ServedResource, part: ServedPart, { version, namespaced }: Words): Schema {
  const { kind } = resource
  const word = `${version}${namespaced}${kind}${partWord(part.name)}`
  const definition = definitionName(part.responseKind)
  const operations = {
    get: readOf(word, `read ${part.name} of the specified ${kind}`, definition),
    update: replaceOf(word, `replace ${part.name} of the specified ${kind}`, definition),
    patch: patchOf(resource, word, `partially update ${part.name} of the specified ${kind}`, definition),
    create: createOf(word, `create ${part.name} of a ${kind}`, definition),
  }
  return byVerb(part.verbs, operations, resource)
}

/** `/api/v1`, `/apis/gantry.dev/v1`. */
export const rootOf = ({ group, version }: Pick<GroupVersionKind, 'group' | 'version'>): string =>
  group === '' ? `/api/${version}` : `/apis/${group}/${version}`

/** All paths of a resource. */
export function pathsOf(resource: ServedResource): Paths {
  const isNamespaced = resource.scope === 'Namespaced'
  const words: Words = { version: operationWord(resource), namespaced: isNamespaced ? 'Namespaced' : '' }
  const everywhere = `${rootOf(resource)}/${resource.plural}`
  const within = isNamespaced ? `${rootOf(resource)}/namespaces/{namespace}/${resource.plural}` : everywhere
  const place = isNamespaced ? [inPath.namespace] : []
  const named = [inPath.name(resource.kind), ...place, inPath.pretty].map(parameter)

  const items: [string, Schema, readonly Schema[]][] = [
    [within, collection(resource, words), [...place, inPath.pretty].map(parameter)],
    [`${within}/{name}`, single(resource, words), named],
    ...resource.parts.map((part): [string, Schema, readonly Schema[]] => [
      `${within}/{name}/${part.name}`,
      partOf(resource, part, words),
      named,
    ]),
  ]
  if (isNamespaced) {
    const listing = { list: listOf(resource, `list${words.version}${resource.kind}ForAllNamespaces`, 'none') }
    const parameters = [...parametersOf.list, inPath.pretty].toSorted((a, b) => (a.name < b.name ? -1 : 1))
    items.push([everywhere, byVerb(resource.verbs, listing, resource), parameters.map(parameter)])
  }
  return Object.fromEntries(
    items
      .filter(([, operations]) => Object.keys(operations).length > 0)
      .map(([path, operations, parameters]) => [path, { ...operations, parameters }]),
  )
}
