/** Reads raw input as an object of a kind: the one door between JSON and the types. */
import { Fault, type FieldProblem } from '../../lib/errors.ts'
import type { UnknownField } from './clean.ts'
import { inspectObject, problemsWith } from './inspect.ts'
import { isRecord } from './json.ts'
import type { Kind } from './kind.ts'
import { limits } from './limits.ts'
import type { Resource } from './object.ts'

/** What to do about members that the kind does not have: refuse, accept with a warning, accept silently. */
export type UnknownFields = 'strict' | 'warn' | 'ignore'

export interface Parsed<T> {
  readonly object: T
  /** For people: what was dropped on the way in. The kind's own `warnings(object)` are not among them. */
  readonly warnings: readonly string[]
}

/** `unknown field "spec.imge"`, and for kinds that say more `: did you mean "image"?`. */
export const unknownFieldText = ({ isTerse }: Pick<Kind, 'isTerse'>, { path, hint }: UnknownField): string =>
  `unknown field "${path}"${isTerse ? '' : `: ${hint}`}`

/** What the object says it is; what `kind` is where it does not say. */
export function saidKind(
  kind: Pick<Kind, 'kind' | 'group' | 'plural'>,
  raw: unknown,
): Pick<Kind, 'kind' | 'group' | 'plural'> {
  if (!isRecord(raw)) return kind
  const { apiVersion } = raw
  const slash = typeof apiVersion === 'string' ? apiVersion.indexOf('/') : -1
  return {
    plural: kind.plural,
    kind: typeof raw.kind === 'string' ? raw.kind : kind.kind,
    group: typeof apiVersion === 'string' ? apiVersion.slice(0, Math.max(slash, 0)) : kind.group,
  }
}

/** The Fault for an object that breaks rules; doors take `problems` apart, people read the message. Of very many the first count. */
export function invalidObject(
  kind: Pick<Kind, 'kind' | 'group' | 'plural'>,
  name: string,
  problems: readonly FieldProblem[],
): Fault {
  const named = problems.slice(0, limits.problemsTold)
  const texts = named.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  const all = [...new Set(texts), ...(named.length < problems.length ? ['and more'] : [])]
  const text = all.length === 1 ? all.join() : `[${all.join(', ')}]`
  const what = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`
  return new Fault('Invalid', `${what} ${JSON.stringify(name)} is invalid: ${text}`, {
    problems: named,
    about: { group: kind.group, resource: kind.plural, kind: kind.kind, name },
  })
}

/**
 * The object that `raw` says, with defaults applied, nulls and describe-only members dropped (these with a warning).
 * Throws Fault('Invalid') with all problems at once. In strict mode unknown fields are among them, together with what
 * the kind's own rules say of the rest, so that nobody has to try twice. Rules that hold on success are the caller's
 * to check: `kind.validate(object, old)`.
 */
export function parseObject<T extends Resource>(
  kind: Kind<T>,
  raw: unknown,
  options: { readonly unknown: UnknownFields },
): Parsed<T> {
  const found = inspectObject(kind, raw, 'all')
  const refused: FieldProblem[] =
    options.unknown === 'strict'
      ? found.unknown.map((field) => ({
          path: field.path,
          reason: 'FieldValueInvalid' as const,
          message: `unknown field: ${field.hint}`,
        }))
      : []
  if (found.object === undefined || refused.length > 0) {
    throw invalidObject(saidKind(kind, raw), found.metadata.name, problemsWith(kind, found, undefined, refused))
  }
  const told = options.unknown === 'warn' ? found.unknown.map((field) => unknownFieldText(kind, field)) : []
  return { object: found.object, warnings: [...told, ...found.warnings] }
}
