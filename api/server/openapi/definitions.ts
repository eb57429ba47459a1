/** Definitions of the OpenAPI documents, in the third version's form: of kinds, from their schemas, and of what all share. Pure. */
import { rootSchemaOf } from '../../meta/crd.ts'
import { isRecord } from '../../meta/json.ts'
import type { Kind } from '../../meta/kind.ts'
import type { GroupVersionKind, ServedResource } from '../discovery/served.ts'
import {
  autoscalingName,
  embeddedMembers,
  listItems,
  listMetadata,
  metaName,
  objectMetadata,
  type Schema,
  typeMeta,
} from './fields.ts'
import { definitionName } from './names.ts'
import { objectMeta } from './object-meta.ts'
import { requestMeta } from './request-meta.ts'
import { scale } from './scale.ts'

export type Definitions = Readonly<Record<string, Schema>>

const identity = (...kinds: readonly GroupVersionKind[]): Schema => ({
  'x-kubernetes-group-version-kind': kinds.map(({ group, kind, version }) => ({ group, kind, version })),
})

const each = (map: unknown, change: (schema: unknown) => unknown): unknown =>
  Object.fromEntries(Object.entries(map as object).map(([name, one]) => [name, change(one)]))

/** A structural schema as it is published: what its marks stand for is spelled out. */
function published(schema: unknown): unknown {
  if (!isRecord(schema)) return schema
  const { properties, items, additionalProperties } = schema
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  return {
    ...schema,
    ...(schema['x-kubernetes-int-or-string'] === true ? { anyOf: [{ type: 'integer' }, { type: 'string' }] } : {}),
    ...(embedded ? { required: ['kind', 'apiVersion'] } : {}),
    ...(properties === undefined && !embedded
      ? {}
      : { properties: { ...(each(properties ?? {}, published) as Schema), ...(embedded ? embeddedMembers : {}) } }),
    ...(items === undefined ? {} : { items: published(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: published(additionalProperties) }),
  }
}

type Described = GroupVersionKind & Pick<Kind, 'schema' | 'description'>

function objectDefinition(kind: Described): Schema {
  const root = rootSchemaOf(kind)
  const properties = each(root.properties, published) as Schema
  return { ...root, properties: { ...properties, ...typeMeta, metadata: objectMetadata }, ...identity(kind) }
}

/** A kind, the list of it, and what its parts take and give. */
function kindDefinitions(resource: ServedResource): readonly (readonly [string, Schema])[] {
  const { kind, plural } = resource
  const name = definitionName(resource)
  const selectable: Schema =
    resource.selectableFields.length === 0
      ? {}
      : { 'x-kubernetes-selectable-fields': resource.selectableFields.map((fieldPath) => ({ fieldPath })) }
  const one = { ...objectDefinition(resource), ...selectable }
  const parts = resource.parts.flatMap(({ responseKind }) => {
    const { schema, description } = responseKind
    if (schema === undefined || description === undefined) return []
    return [[definitionName(responseKind), objectDefinition({ ...responseKind, schema, description })] as const]
  })
  if (!resource.verbs.includes('list')) return [[name, one], ...parts]
  const list = {
    description: `${kind}List is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: { ...typeMeta, metadata: listMetadata, items: listItems(plural, name) },
    ...identity({ ...resource, kind: `${kind}List` }),
    ...selectable,
  }
  return [[name, one], [`${name}List`, list], ...parts]
}

/** What kinds do not define: metadata, options, Status, Scale. Options are read in every built-in group. */
function sharedDefinitions(served: readonly ServedResource[]): readonly (readonly [string, Schema])[] {
  const versions = new Map(served.filter(({ builtIn }) => builtIn).map((one) => [`${one.group}/${one.version}`, one]))
  const core = { group: '', version: 'v1' }
  const identities: Readonly<Record<string, Schema>> = {
    Status: identity({ ...core, kind: 'Status' }),
    DeleteOptions: identity(
      ...[...new Map([['/v1', core], ...versions]).values()].map((one) => ({ ...one, kind: 'DeleteOptions' })),
    ),
    Scale: identity({ group: 'autoscaling', version: 'v1', kind: 'Scale' }),
  }
  const named = (nameOf: (name: string) => string, definitions: Definitions) =>
    Object.entries(definitions).map(
      ([name, definition]) => [nameOf(name), { ...definition, ...identities[name] }] as const,
    )
  return [...named(metaName, objectMeta), ...named(metaName, requestMeta), ...named(autoscalingName, scale)]
}

/** Every definition there is, by name. */
export const allDefinitions = (served: readonly ServedResource[]): Definitions =>
  Object.fromEntries([...served.flatMap(kindDefinitions), ...sharedDefinitions(served)])

/** Names of the definitions that `value` refers to, at any depth. */
function* refsIn(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const one of value) yield* refsIn(one)
  if (!isRecord(value)) return
  for (const [key, one] of Object.entries(value)) {
    if (key === '$ref' && typeof one === 'string') yield one.slice(one.lastIndexOf('/') + 1)
    else yield* refsIn(one)
  }
}

/** Of `all`, what `value` needs, directly or through others, sorted by name. */
export function neededBy(value: unknown, all: Definitions): Definitions {
  const found = new Set<string>()
  const look = (at: unknown): void => {
    for (const name of refsIn(at)) {
      if (found.has(name)) continue
      found.add(name)
      look(all[name])
    }
  }
  look(value)
  return Object.fromEntries([...found].sort().map((name) => [name, all[name] ?? {}]))
}
