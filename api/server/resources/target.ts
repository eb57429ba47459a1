/** What a path below /api or /apis asks about: a kind, and in it all, a namespace, an object, or a part of an object. */
import { Fault } from '../../../lib/errors.ts'
import type { Kind } from '../../meta/kind.ts'
import { apiVersionOf } from '../../meta/kind.ts'

export interface Target {
  readonly kind: Kind
  /** Empty: cluster-scoped, or all namespaces. */
  readonly namespace: string
  /** Absent: the collection. */
  readonly name?: string
  readonly subresource?: string
  /** Kubernetes' older way to ask for a watch: by a path that begins so. */
  readonly watch?: true
}

/** What Kubernetes' own router says to a method that a path does not have. */
export const methodNotAllowed = (): Fault =>
  new Fault('MethodNotAllowed', 'the server does not allow this method on the requested resource')

/** What Kubernetes says where nothing is. */
export const unknownResource = (): Fault => new Fault('NotFound', 'the server could not find the requested resource')

/** Subresources whose paths may go on; Kubernetes does not look at the rest. */
const openEnded: ReadonlySet<string> = new Set(['status', 'scale'])

/** Subresources of namespaces, whose paths look like those of namespaced objects. */
const namespaceParts = ['status', 'finalize']

function segmentsOf(path: string): readonly string[] | undefined {
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent)
  } catch {
    return undefined
  }
}

/** Takes off a leading `watch`. */
const watching = (
  segments: readonly string[],
): { readonly watch: Pick<Target, 'watch'>; readonly rest: readonly string[] } =>
  segments[0] === 'watch' ? { watch: { watch: true }, rest: segments.slice(1) } : { watch: {}, rest: segments }

const indexes = new WeakMap<readonly Kind[], ReadonlyMap<string, Kind>>()

/** Kinds by `apiVersion/plural`; remembered for each list of kinds. */
function indexOf(kinds: readonly Kind[]): ReadonlyMap<string, Kind> {
  const known = indexes.get(kinds)
  if (known !== undefined) return known
  const index = new Map(kinds.map((kind) => [`${apiVersionOf(kind)}/${kind.plural}`, kind]))
  indexes.set(kinds, index)
  return index
}

/**
 * The target of `/api/v1/...` or `/apis/GROUP/VERSION/...`; undefined when there is no such resource. Faults:
 * MethodNotAllowed: whoever may watch may come by the paths of watches, so nothing else can be done there.
 */
export function targetOf(kinds: readonly Kind[], path: string, method: string): Target | undefined {
  const target = pathTarget(kinds, path)
  if (target?.watch === undefined) return target
  if (target.subresource !== undefined) return undefined
  if (method !== 'GET') throw methodNotAllowed()
  return target
}

function pathTarget(kinds: readonly Kind[], path: string): Target | undefined {
  const segments = segmentsOf(path)
  if (segments === undefined) return undefined
  const core = segments[0] === 'api'
  const apiVersion = core ? segments[1] : segments.slice(1, 3).join('/')
  const { watch, rest } = watching(segments.slice(core ? 2 : 3))
  const index = indexOf(kinds)
  const kindOf = (plural: string | undefined): Kind | undefined => {
    const kind = index.get(`${apiVersion}/${plural}`)
    return (kind?.group === '') === core ? kind : undefined
  }

  const [first, namespace = '', plural, name, subresource, ...more] = rest
  if (
    first === 'namespaces' &&
    plural !== undefined &&
    !(core && namespaceParts.includes(plural) && name === undefined)
  ) {
    const kind = kindOf(plural)
    if (kind?.scope !== 'Namespaced' || (more.length > 0 && !openEnded.has(subresource ?? ''))) return undefined
    return {
      kind,
      namespace,
      ...watch,
      ...(name === undefined ? {} : { name }),
      ...(subresource === undefined ? {} : { subresource }),
    }
  }
  const kind = kindOf(first)
  const [, own, part, ...tooMany] = rest
  if (
    kind === undefined ||
    (tooMany.length > 0 && !openEnded.has(part ?? '')) ||
    (own !== undefined && kind.scope === 'Namespaced')
  )
    return undefined
  return {
    kind,
    namespace: '',
    ...watch,
    ...(own === undefined ? {} : { name: own }),
    ...(part === undefined ? {} : { subresource: part }),
  }
}
