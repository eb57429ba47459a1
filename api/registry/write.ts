/** The optimistic write loop: decide on what is at hand, commit if nothing changed meanwhile, else decide again. */
import { Fault } from '../../lib/errors.ts'
import { deepFreeze } from '../../lib/freeze.ts'
import type { Compare, KeyValue, LeaseId, Put, Revision, Store } from '../../store/store.ts'
import { revision } from '../../store/store.ts'
import { groupResource, type Kind } from '../meta/kind.ts'
import type { ObjectKey, Resource } from '../meta/object.ts'
import { unviewed, viewed } from '../meta/views.ts'
import { encode, revisionOf, versioned } from './codec.ts'
import { changedMeanwhile } from './faults.ts'
import { storeKey } from './keys.ts'
import type { KindCache } from './kind-cache.ts'
import { limits } from './limits.ts'

/** Another object that the transaction needs or makes. */
export interface Joined {
  readonly kind: Kind
  readonly object: Resource
}

export type Step<T> =
  | { readonly do: 'keep'; readonly object: T }
  | {
      readonly do: 'put'
      readonly object: T
      readonly unchanged?: readonly Joined[]
      readonly creates?: readonly Joined[]
    }
  | { readonly do: 'remove'; readonly object: T }

/** What is about to be stored, over `old` if that exists. */
export interface Change {
  readonly kind: Kind
  readonly object: Resource
  readonly old: Resource | undefined
}

/** What a decision rests on besides the object it is about. */
export interface Grounds {
  /** The object was just read and others are to be, so that a refusal is final. */
  readonly fresh: boolean
  /** Set by who looks at something else in memory, which may be old. */
  peeked: boolean
}

/** Decides about the object as it is; the same again for the same object, unless it peeked. */
export type Decide<T> = (current: T | undefined, grounds: Grounds, signal: AbortSignal) => Promise<Step<T>>

export interface Written<T> {
  readonly object: T
  readonly outcome: Step<T>['do']
}

export interface WriteParts {
  readonly store: Store
  cacheOf(kind: Kind): KindCache
  leaseFor(kind: Kind, signal: AbortSignal): Promise<LeaseId | undefined>
}

const none = revision(0)

function checkSize(kind: Kind, object: Resource, value: Uint8Array): void {
  if (value.byteLength <= limits.objectBytes) return
  throw new Fault(
    'TooLarge',
    `${groupResource(kind)} "${object.metadata.name}" has ${value.byteLength} bytes, allowed are ${limits.objectBytes}`,
  )
}

interface Options {
  readonly dryRun?: boolean
  /** Of what is stored, whatever it was written as. */
  readonly review?: (change: Change, signal: AbortSignal) => Promise<void>
}

/** Runs `decide` until its step is committed or it refuses on fresh data. */
export async function write<T extends Resource>(
  parts: WriteParts,
  kind: Kind<T>,
  key: ObjectKey,
  decide: Decide<T>,
  options: Options,
  signal: AbortSignal,
): Promise<Written<T>> {
  if (kind.viewOf === undefined) return writeStored(parts, kind, key, decide, options, signal)
  const throughView: Decide<Resource> = async (current, grounds, inner) => {
    const step = await decide(current === undefined ? undefined : viewed(kind, current), grounds, inner)
    return { ...step, object: unviewed(kind, step.object) }
  }
  const { object, outcome } = await writeStored(parts, kind.viewOf, key, throughView, options, signal)
  return { object: viewed(kind, object), outcome }
}

async function writeStored<T extends Resource>(
  parts: WriteParts,
  kind: Kind<T>,
  key: ObjectKey,
  decide: Decide<T>,
  options: Options,
  signal: AbortSignal,
): Promise<Written<T>> {
  const cache = parts.cacheOf(kind as unknown as Kind)
  const at = storeKey(kind, key)
  const decoded = (kv: KeyValue | undefined): T | undefined => (kv === undefined ? undefined : cache.decoded(kind, kv))
  const read = async (): Promise<T | undefined> => decoded((await parts.store.get(at, signal)).kv)

  // no commit will tell a dry run that its object is old
  let fresh = options.dryRun === true
  let current = fresh ? await read() : (cache.peek(at) as T | undefined)
  for (let attempt = 0; attempt < limits.writeAttempts; attempt++) {
    const grounds: Grounds = { fresh, peeked: false }
    const decided = current
    /** Reads the object anew; whether that may change the decision. */
    const mayChange = async (): Promise<boolean> => {
      if (fresh) return false
      current = await read()
      fresh = true
      return grounds.peeked || current !== decided
    }
    let step: Step<T>
    try {
      step = await decide(current, grounds, signal)
      if (step.do !== 'keep' && options.review !== undefined) {
        grounds.peeked = true // rules of access are in memory, too
        await options.review({ kind: kind as unknown as Kind, object: step.object, old: current }, signal)
      }
    } catch (error) {
      if (await mayChange()) continue
      throw error
    }
    if (step.do === 'keep') {
      if (await mayChange()) continue
      return { object: step.object, outcome: 'keep' }
    }
    if (options.dryRun === true) {
      const object = current === undefined ? deepFreeze(step.object) : versioned(step.object, revisionOf(current))
      return { object, outcome: step.do }
    }
    const compare: Compare[] = [{ key: at, modRevision: current === undefined ? none : revisionOf(current) }]
    const puts: Put[] = []
    const deletes: string[] = []
    if (step.do === 'put') {
      for (const joined of step.unchanged ?? []) {
        compare.push({
          key: storeKey(joined.kind, keyOfMetadata(joined.object)),
          modRevision: revisionOf(joined.object),
        })
      }
      for (const joined of [
        { kind: kind as unknown as Kind, object: step.object as Resource },
        ...(step.creates ?? []),
      ]) {
        const value = encode(joined.object)
        checkSize(joined.kind, joined.object, value)
        const lease = await parts.leaseFor(joined.kind, signal)
        const joinedKey = storeKey(joined.kind, keyOfMetadata(joined.object))
        if (joinedKey !== at) compare.push({ key: joinedKey, modRevision: none })
        puts.push({ key: joinedKey, value, ...(lease === undefined ? {} : { lease }) })
      }
    } else deletes.push(at)

    const result = await parts.store.transact({ compare, puts, deletes }, signal)
    if (result.committed) return { object: settled(parts, step, kind, current, result.revision), outcome: step.do }
    current = decoded(result.current[0])
    fresh = true
  }
  throw changedMeanwhile(kind as unknown as Kind, key.name)
}

const keyOfMetadata = (object: Resource): ObjectKey => ({
  namespace: object.metadata.namespace ?? '',
  name: object.metadata.name,
})

function settled<T extends Resource>(
  parts: WriteParts,
  step: Exclude<Step<T>, { do: 'keep' }>,
  kind: Kind<T>,
  before: T | undefined,
  at: Revision,
): T {
  // Kubernetes answers the last state under its own version; only the event of the removal has the new one
  if (step.do === 'remove') return versioned(step.object, before === undefined ? at : revisionOf(before))
  for (const joined of step.creates ?? []) {
    parts.cacheOf(joined.kind).wrote(storeKey(joined.kind, keyOfMetadata(joined.object)), joined.object, at)
  }
  return parts.cacheOf(kind as unknown as Kind).wrote(storeKey(kind, keyOfMetadata(step.object)), step.object, at)
}
