/** Runs the rules of admission, and validation between them, over what is about to be stored. */
import type { Clock } from '../../lib/clock.ts'
import { type Random, randomUuid } from '../../lib/random.ts'
import { withRules } from '../meta/inspect.ts'
import { apiVersionOf, type Kind } from '../meta/kind.ts'
import type { Draft, ObjectKey, Resource } from '../meta/object.ts'
import { invalidObject, parseObject } from '../meta/parse.ts'
import { storedKind } from '../meta/views.ts'
import type { Admission, AdmissionReads, AdmissionRequest, Companions } from './admission.ts'
import { ownManager, trackCreate } from './managed-fields/update.ts'
import { metadataProblems, metadataWarnings } from './metadata.ts'
import { prepareCreate } from './prepare.ts'
import type { Grounds, Joined } from './write.ts'

export interface AdmitterParts {
  readonly rules: readonly Admission[]
  readonly clock: Clock
  readonly random: Random
  serves(kind: Pick<Kind, 'group' | 'plural'>): boolean
  /** From memory, perhaps a little old. */
  peek(kind: Kind<never>, key: ObjectKey): Resource | undefined
  stored<T extends Resource>(kind: Kind<T>, key: ObjectKey, signal: AbortSignal): Promise<T | undefined>
}

/** What may be stored, and what else belongs to the transaction. */
export interface Admitted<T> {
  readonly object: T
  readonly unchanged: readonly Joined[]
  readonly creates: readonly Joined[]
}

type Warn = (text: string) => void
const quiet: Warn = () => undefined

export function admitter({ rules, clock, random, serves, peek, stored }: AdmitterParts) {
  const rulesFor = (kind: Kind): readonly Admission[] => rules.filter((rule) => rule.concerns(kind))

  const reading = (grounds: Grounds): AdmissionReads['read'] =>
    async function read<T extends Resource>(kind: Kind<T>, key: ObjectKey, signal: AbortSignal) {
      if (!serves(kind)) return undefined
      if (grounds.fresh) return stored(kind, key, signal)
      grounds.peeked = true
      return peek(kind as unknown as Kind<never>, key) as T | undefined
    }

  /** A companion: admitted like any other, but it has no companions of its own. */
  async function companion(
    kind: Kind,
    draft: Draft<Resource>,
    grounds: Grounds,
    signal: AbortSignal,
  ): Promise<Resource> {
    const raw = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...draft }
    const { object } = parseObject(kind, raw, { unknown: 'strict' })
    const { name, namespace = '' } = object.metadata
    const now = clock.now()
    const prepared = prepareCreate(kind, object, { namespace, name, uid: randomUuid(random), now })
    const tracked = trackCreate(kind, prepared, { manager: ownManager, subresource: '', now })
    return (await admitted(kind, tracked, undefined, grounds, quiet, signal)).object
  }

  async function admitted<T extends Resource>(
    kind: Kind<T>,
    object: T,
    old: T | undefined,
    grounds: Grounds,
    warn: Warn,
    signal: AbortSignal,
  ): Promise<Admitted<T>> {
    const general = kind as unknown as Kind
    const own = rulesFor(general)
    const operation = old === undefined ? 'create' : 'update'
    const request = (now: T): AdmissionRequest => ({
      kind: general,
      operation,
      object: now,
      old,
      warn,
      read: reading(grounds),
    })
    let result = object
    for (const rule of own) result = ((await rule.mutate?.(request(result), signal)) ?? result) as T
    const problems = [...withRules(kind, metadataProblems(general, result, old), () => kind.validate(result, old))]
    for (const rule of own) problems.push(...((await rule.review?.(request(result), signal)) ?? []))
    if (problems.length > 0) throw invalidObject(storedKind(kind), result.metadata.name, problems)
    const companions: Companions[] = []
    for (const rule of own) companions.push((await rule.accompany?.(request(result), signal)) ?? {})
    for (const text of [...metadataWarnings(result, old), ...kind.warnings(result)]) warn(text)
    const creates: Joined[] = []
    for (const { kind: other, object: draft } of companions.flatMap((one) => one.creates ?? [])) {
      creates.push({ kind: other, object: await companion(other, draft, grounds, signal) })
    }
    return { object: result, unchanged: companions.flatMap((one) => one.unchanged ?? []), creates }
  }

  const deleting = (kind: Kind, object: Resource, old: Resource, grounds: Grounds): AdmissionRequest => ({
    kind,
    operation: 'delete',
    object,
    old,
    warn: quiet,
    read: reading(grounds),
  })

  return {
    /** Admits, then validates. Faults: Invalid, and what rules throw. */
    admitted,
    /** Faults when a rule forbids the deletion. */
    async reviewDeletion(kind: Kind, object: Resource, grounds: Grounds, signal: AbortSignal): Promise<void> {
      for (const rule of rulesFor(kind)) {
        const problems = (await rule.review?.(deleting(kind, object, object, grounds), signal)) ?? []
        if (problems.length > 0) throw invalidObject(kind, object.metadata.name, problems)
      }
    },
    /** Faults when nothing of this name may be deleted. */
    mayDelete(kind: Kind, name: string): void {
      for (const rule of rulesFor(kind)) rule.mayDelete?.(name)
    },
    /** An object that was asked to go and stays for a while, as rules want it. */
    async marked(
      kind: Kind,
      object: Resource,
      old: Resource,
      grounds: Grounds,
      signal: AbortSignal,
    ): Promise<Resource> {
      let result = object
      for (const rule of rulesFor(kind)) {
        result = (await rule.mutate?.(deleting(kind, result, old, grounds), signal)) ?? result
      }
      return result
    },
    /** Whether something besides finalizers keeps an object that is being deleted. */
    isHeld: (kind: Kind, object: Resource): boolean => rulesFor(kind).some((rule) => rule.holds?.(object) === true),
  }
}
