/** Our door's rules asked for another API server: it says what it is about to store, and hears what we would have answered. */
import type { Clock } from '../../lib/clock.ts'
import { isEqual } from '../../lib/equal.ts'
import type { Random } from '../../lib/random.ts'
import { isRecord } from '../meta/json.ts'
import type { Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { parseObject } from '../meta/parse.ts'
import { gantryAdmission } from './admission/standard.ts'
import type { AdmissionReads } from './admission.ts'
import { admitter } from './admit.ts'

export interface ReviewParts {
  readonly clock: Clock
  readonly random: Random
  /** As it is stored now. */
  readonly read: AdmissionReads['read']
}

/** One write: without `object` a deletion, without `old` a creation. As the other API server has them, with its defaults. */
export interface ReviewedWrite {
  readonly object: unknown
  readonly old: unknown
}

const specOf = (raw: unknown): unknown => (isRecord(raw) ? raw.spec : undefined)

/** A reviewer of writes: gives the warnings that go with it. Faults: what our door would have thrown. */
export function reviewer({ clock, random, read }: ReviewParts) {
  const rules = admitter({
    rules: gantryAdmission,
    clock,
    random,
    serves: () => true,
    peek: () => undefined,
    stored: read,
  })
  const grounds = () => ({ fresh: true, peeked: false })
  // What is unknown there was dropped there.
  const parsed = (kind: Kind, raw: unknown): Resource => parseObject(kind, raw, { unknown: 'ignore' }).object
  return async (kind: Kind, { object, old }: ReviewedWrite, signal: AbortSignal): Promise<readonly string[]> => {
    const isCreation = (old ?? undefined) === undefined
    const isDeletion = (object ?? undefined) === undefined
    // Whoever takes a finalizer away, or labels it, is not told of what was wrong before.
    if (!isCreation && !isDeletion && isEqual(specOf(object), specOf(old))) return []
    const before = isCreation ? undefined : parsed(kind, old)
    if (isDeletion) {
      if (before !== undefined) await rules.reviewDeletion(kind, before, grounds(), signal)
      return []
    }
    const warnings: string[] = []
    await rules.admitted(kind, parsed(kind, object), before, grounds(), (text) => warnings.push(text), signal)
    return warnings
  }
}
