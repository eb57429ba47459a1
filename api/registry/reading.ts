/**
 * Reads what a client sent for a write in Kubernetes' order: what cannot be read, or says what nobody knows, is refused
 * at once; rules are looked at when the stored object is at hand.
 */
import { canonicalJson } from '../../lib/canonical.ts'
import { Fault, type FieldProblem } from '../../lib/errors.ts'
import { type Inspection, inspectObject, problemsWith } from '../meta/inspect.ts'
import { isRecord } from '../meta/json.ts'
import { isNative, type Kind } from '../meta/kind.ts'
import { parseNative } from '../meta/native.ts'
import type { ObjectMeta, Resource } from '../meta/object.ts'
import { invalidObject, saidKind, unknownFieldText } from '../meta/parse.ts'
import { told } from '../meta/problems.ts'
import { metadataProblems, withOwnersOnce } from './metadata.ts'
import type { Part } from './replace.ts'

export interface ReadingOptions {
  /** What to do about unknown members; default `strict`. */
  readonly unknown?: 'strict' | 'warn' | 'ignore'
  /** What the text says twice. */
  readonly repeated?: readonly string[]
  /** Nulls that stand for nothing: taken out, unless something was applied, which then has to mean them. */
  readonly nulls?: 'dropped' | 'kept'
  /** The input is what a patch made: refusals show it. */
  readonly patched?: boolean
  warn(text: string): void
}

/** An object that was read and may still break rules. */
export interface Given<T extends Resource> {
  readonly metadata: ObjectMeta
  /** The object, as a successor of `old` or a new one under `name`. Faults: Invalid, with everything that is wrong. */
  judged(old: T | undefined, name?: string): T
}

type Refuse = (text: string) => Fault

const refusalOfObject =
  (kind: Pick<Kind, 'kind' | 'version'>, raw: unknown): Refuse =>
  (text) => {
    const said = isRecord(raw) && typeof raw.kind === 'string' ? raw.kind : kind.kind
    return new Fault('BadRequest', `${said} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${text}`)
  }

const refusalOfPatch =
  (patched: unknown): Refuse =>
  (text) => {
    const message = `Invalid value: ${JSON.stringify(canonicalJson(patched))}: ${text}`
    return new Fault('Invalid', ` "" is invalid: patch: ${message}`, {
      problems: [{ path: 'patch', reason: 'FieldValueInvalid', message }],
    })
  }

/** Reads `raw` for a write of `part`. Faults: BadRequest, of a patched object Invalid. */
export function readGiven<T extends Resource>(
  kind: Kind<T>,
  raw: unknown,
  part: Part,
  options: ReadingOptions,
): Given<T> {
  const { unknown = 'strict', repeated = [], patched = false, nulls = 'dropped', warn } = options
  const refuse = patched ? refusalOfPatch(raw) : refusalOfObject(kind, raw)
  if (patched && !(isRecord(raw) && typeof raw.kind === 'string' && raw.kind !== '')) {
    throw refuse(`Object 'Kind' is missing in '${canonicalJson(raw)}'`)
  }
  const judgeTexts = (texts: readonly string[]): void => {
    if (unknown === 'strict' && texts.length > 0) throw refuse(`strict decoding error: ${told(texts).join(', ')}`)
    if (unknown === 'warn') for (const text of texts) warn(text)
  }
  if (isNative(kind)) {
    judgeTexts(repeated)
    const { object, warnings } = parseNative(kind, raw, { unknown, refuse })
    for (const text of warnings) warn(text)
    const once = withOwnersOnce(object, patched, warn)
    return { metadata: once.metadata, judged: () => once }
  }
  const found = inspectObject(kind, raw, part === 'status' ? part : 'main', nulls)
  if (found.undecodable.length > 0) throw refuse(told(found.undecodable.map(textOf)).join(', '))
  judgeTexts([...repeated, ...found.unknown.map((field) => unknownFieldText(kind, field))])
  for (const text of found.warnings) warn(text)
  return {
    metadata: withOwnersOnce(found, patched, warn).metadata,
    judged: (old, name) => withOwnersOnce(judge(kind, raw, found, old, name), patched, warn),
  }
}

/** What cannot be read, with the value; of times in Kubernetes' words. */
function textOf({ path, message }: FieldProblem): string {
  const [, time] = /of type date-time: (".*")$/.exec(message) ?? []
  if (time === undefined) return `${path}: ${message}`
  return `parsing time ${time} as "2006-01-02T15:04:05Z07:00": cannot parse ${time} as "2006"`
}

function judge<T extends Resource>(
  kind: Kind<T>,
  raw: unknown,
  found: Inspection<T>,
  old: T | undefined,
  name = found.metadata.name,
): T {
  if (found.object !== undefined) return found.object
  const { apiVersion, kind: said } = raw as Resource
  const metadata = { ...found.metadata, name }
  const general = metadataProblems(kind as unknown as Kind, { apiVersion, kind: said, metadata }, old)
  throw invalidObject(saidKind(kind, raw), name, problemsWith(kind, found, old, general))
}
