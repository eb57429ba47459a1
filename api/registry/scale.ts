/** An object of a kind that scales, seen as a Scale, and a Scale written back into it. Pure. */
import { Fault } from '../../lib/errors.ts'
import { isRecord } from '../meta/json.ts'
import { apiVersionOf, type Kind } from '../meta/kind.ts'
import type { ObjectKey, Resource } from '../meta/object.ts'
import { Scale } from '../v1/scale.ts'
import { checkIdentity } from './checks.ts'

type Paths = NonNullable<Kind['scale']>

/** `.spec.replicas` to its members; Kubernetes allows no other steps. */
const members = (path: string): readonly string[] => path.split('.').slice(1)

const valueAt = (object: unknown, path: string): unknown =>
  members(path).reduce<unknown>((at, member) => (isRecord(at) ? at[member] : undefined), object)

function withValue(object: unknown, [member, ...rest]: readonly string[], value: unknown): unknown {
  if (member === undefined) return value
  return {
    ...(isRecord(object) ? object : {}),
    [member]: withValue(isRecord(object) ? object[member] : undefined, rest, value),
  }
}

/** Faults: NotFound, of a kind that does not scale. */
export function scalePaths(kind: Pick<Kind, 'scale'>): Paths {
  if (kind.scale === undefined) throw new Fault('NotFound', 'the server could not find the requested resource')
  return kind.scale
}

const numberAt = (object: unknown, path: string): number => {
  const value = valueAt(object, path)
  return typeof value === 'number' ? value : 0
}

/** The scale of an object; what it wants is left out where that is none, as Kubernetes does. */
export function scaleOf(kind: Pick<Kind, 'scale'>, object: Resource): Scale {
  const { specPath, statusPath, selectorPath } = scalePaths(kind)
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const wanted = numberAt(object, specPath)
  const selector = selectorPath === undefined ? undefined : valueAt(object, selectorPath)
  return {
    kind: Scale.kind,
    apiVersion: apiVersionOf(Scale),
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: wanted === 0 ? {} : { replicas: wanted },
    status: {
      replicas: numberAt(object, statusPath),
      ...(typeof selector === 'string' && selector !== '' ? { selector } : {}),
    },
  }
}

/** `object` as the scale wants it: with its number, and the version that the scale was read at. */
export function scaledTo<T extends Resource>(kind: Pick<Kind, 'scale'>, object: T, scale: Scale): unknown {
  const { uid, resourceVersion } = scale.metadata
  const metadata = {
    ...object.metadata,
    uid: uid === '' ? object.metadata.uid : uid,
    resourceVersion: resourceVersion === '' ? object.metadata.resourceVersion : resourceVersion,
  }
  return withValue({ ...object, metadata }, members(scalePaths(kind).specPath), scale.spec?.replicas ?? 0)
}

/** The patch that replaces a scale by another. */
export const scaleReplacement = ({ metadata, spec }: Scale) => ({
  type: 'merge' as const,
  body: { metadata, spec: { replicas: spec?.replicas ?? 0 } },
  subresource: 'scale' as const,
})

function parsed(raw: unknown): Scale | string {
  const given = isRecord(raw) ? raw : {}
  const result = Scale.schema.safeParse({
    apiVersion: apiVersionOf(Scale),
    kind: Scale.kind,
    metadata: pick(given.metadata, ['name', 'namespace', 'uid', 'resourceVersion']),
    spec: pick(given.spec, ['replicas']),
  })
  if (result.success) return result.data
  const [issue] = result.error.issues
  return `json: cannot unmarshal Scale.${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`
}

/** What a client sent as the Scale of the object at `key`. Faults: BadRequest. */
export function readScale(raw: unknown, key: ObjectKey): Scale {
  const scale = parsed(raw)
  if (typeof scale === 'string') {
    throw new Fault('BadRequest', `Scale in version "v1" cannot be handled as a Scale: ${scale}`)
  }
  checkIdentity({ ...(Scale as unknown as Kind), scope: key.namespace === '' ? 'Cluster' : 'Namespaced' }, key, scale)
  return scale
}

/** What a patch made of a Scale. Faults: Invalid. */
export function patchedScale(raw: unknown): Scale {
  const scale = parsed(raw)
  if (typeof scale !== 'string') return scale
  const message = `Invalid value: ${JSON.stringify(JSON.stringify(raw))}: ${scale}`
  throw new Fault('Invalid', ` "" is invalid: patch: ${message}`, {
    problems: [{ path: 'patch', reason: 'FieldValueInvalid', message }],
  })
}

/** The members that count, without those that are null. */
const pick = (value: unknown, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.flatMap((name) => (isRecord(value) && value[name] != null ? [[name, value[name]]] : [])))
