/**
 * The one write path, verb by verb: parse, default, admit, validate, then an optimistic transaction on the store.
 */
import type { Clock } from '../../lib/clock.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import { type Random, randomSuffix, randomUuid } from '../../lib/random.ts'
import type { Kind } from '../meta/kind.ts'
import { isDeleting, type ObjectKey, type Resource } from '../meta/object.ts'
import type { admitter } from './admit.ts'
import {
  checkIdentity,
  checkNamespace,
  checkPreconditions,
  checkUid,
  checkVersion,
  isMadeByPut,
  versionSaid,
} from './checks.ts'
import { decideDeletion, type Propagation } from './deletion.ts'
import { alreadyExists, notFound, stillThere } from './faults.ts'
import { strayTexts } from './json-patch.ts'
import { limits } from './limits.ts'
import { trackThrough } from './managed-fields/scale.ts'
import { trackCreate, type Writer } from './managed-fields/update.ts'
import { type PatchType, patching } from './patching.ts'
import { prepareCreate } from './prepare.ts'
import { type Given, readGiven } from './reading.ts'
import { type Part, replacing } from './replace.ts'
import { type Requester, requestedBy } from './requester.ts'
import { patchedScale, scaledTo, scaleOf } from './scale.ts'
import { telling } from './telling.ts'
import { type Change, type Grounds, type Step, type WriteParts, write } from './write.ts'

type Warn = (text: string) => void

export interface WriteOptions {
  /** What to do about unknown members; default `strict`. */
  readonly unknown?: 'strict' | 'warn' | 'ignore'
  /** What the text that was read says twice, in Kubernetes' words: a refusal, a warning or nothing, as `unknown` says. */
  readonly repeated?: readonly string[]
  /** Do everything but store it. */
  readonly dryRun?: boolean
  /** Called when an update makes the object, which it does of some kinds. */
  readonly made?: () => void
  /** Who asks; absent in process, where the object says for whom it is made. */
  readonly requester?: Requester
  /** Who owns what is written; default `unknown`. */
  readonly fieldManager?: string
  /** Hears what was accepted but may surprise, once each. */
  readonly warn?: (text: string) => void
  /** Refuses what is about to be stored by throwing; may run several times, as `Decide` does. */
  readonly review?: (change: Change, signal: AbortSignal) => Promise<void>
}

export interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly propagationPolicy?: Propagation
  readonly dryRun?: boolean
}

export interface RegistryPatch {
  readonly type: PatchType
  readonly body: unknown
  readonly subresource?: 'status' | 'scale'
}

/** The writing half of the registry. */
export interface RegistryWrites {
  /** Faults: Invalid, AlreadyExists, NotFound (of the namespace), Forbidden. */
  create<T extends Resource>(
    kind: Kind<T>,
    namespace: string,
    raw: unknown,
    options: WriteOptions,
    signal: AbortSignal,
  ): Promise<T>
  /** Replaces all but status. Faults: Invalid, Conflict, NotFound. */
  update<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    raw: unknown,
    options: WriteOptions,
    signal: AbortSignal,
  ): Promise<T>
  /** Replaces status alone. Faults as update. */
  updateStatus<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    raw: unknown,
    options: WriteOptions,
    signal: AbortSignal,
  ): Promise<T>
  /** Replaces spec.finalizers alone, of kinds that have them; the object may go with that. Faults as update. */
  finalize<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    raw: unknown,
    options: WriteOptions,
    signal: AbortSignal,
  ): Promise<T>
  /** Changes the newest version; the result is written as by update. */
  patch<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: RegistryPatch,
    options: WriteOptions,
    signal: AbortSignal,
  ): Promise<T>
  /** Marks (removed: false) or removes; gives the last state. Faults: NotFound, Conflict. */
  delete<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    options: DeleteOptions,
    signal: AbortSignal,
  ): Promise<{ readonly object: T; readonly removed: boolean }>
}

export interface RegistryWritesParts {
  readonly writing: WriteParts
  readonly admission: ReturnType<typeof admitter>
  readonly clock: Clock
  readonly random: Random
}

/** The verbs that write. Every call is one optimistic transaction of its own; warnings are told at its end. */
export function registryWrites({ writing, admission, clock, random }: RegistryWritesParts): RegistryWrites {
  const { admitted, reviewDeletion, marked, isHeld } = admission

  const writerOf = ({ fieldManager = '' }: WriteOptions, part: Part): Writer => ({
    manager: fieldManager === '' ? 'unknown' : fieldManager,
    subresource: part === 'main' ? '' : part,
    now: clock.now(),
  })

  /** A new object, to be stored once it is admitted. Whose its fields are takes longest to say: what is refused needs no owners. */
  function making<T extends Resource>(kind: Kind<T>, given: T, key: ObjectKey, options: WriteOptions, warn: Warn) {
    const writer = writerOf(options, 'main')
    const meant = prepareCreate(kind, given, { ...key, uid: randomUuid(random), now: writer.now })
    const asked = requestedBy(kind, meant, options.requester)
    return async (grounds: Grounds, s: AbortSignal): Promise<Step<T>> => {
      const made = await admitted(kind, asked, undefined, grounds, warn, s)
      return { do: 'put', ...made, object: trackCreate(kind, meant, writer, made.object) }
    }
  }

  async function createNamed<T extends Resource>(
    kind: Kind<T>,
    given: Given<T>,
    key: ObjectKey,
    options: WriteOptions,
    warn: Warn,
    s: AbortSignal,
  ): Promise<T> {
    const general = kind as unknown as Kind
    const make = making(kind, given.judged(undefined, key.name), key, options, warn)
    const { object } = await write(
      writing,
      kind,
      key,
      async (current, grounds, inner): Promise<Step<T>> => {
        if (current !== undefined) throw (isDeleting(current) ? stillThere : alreadyExists)(general, key.name)
        return make(grounds, inner)
      },
      options,
      s,
    )
    return object
  }

  function writeOver<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    raw: unknown,
    part: Part,
    options: WriteOptions,
    s: AbortSignal,
  ): Promise<T> {
    return telling(options, async (warn) => {
      const general = kind as unknown as Kind
      const given = readGiven(kind, raw, part, { ...options, warn })
      checkIdentity(general, key, given)
      versionSaid(given.metadata)
      const makes = part === 'main' && isMadeByPut(general)
      let isNew = false
      const { object } = await write(
        writing,
        kind,
        key,
        async (current, grounds, inner): Promise<Step<T>> => {
          isNew = current === undefined
          if (current === undefined) {
            if (!makes) throw notFound(general, key.name)
            return making(kind, given.judged(undefined), key, options, warn)(grounds, inner)
          }
          checkVersion(general, current, given)
          checkUid(general, current, given)
          const next = given.judged(current)
          const writer = writerOf(options, part)
          const owners = (meant: T) => trackThrough({ ...writer, kind: general, live: current, next: meant })
          return replacing(admission, { kind, next, current, part, owners, grounds, warn }, inner)
        },
        options,
        s,
      )
      if (isNew) options.made?.()
      return object
    })
  }

  return {
    create: (kind, namespace, raw, options, s) =>
      telling(options, async (warn) => {
        const given = readGiven(kind, raw, 'main', { ...options, warn })
        const general = kind as unknown as Kind
        if (versionSaid(given.metadata) !== '') {
          throw new Fault('BadRequest', 'resourceVersion should not be set on objects to be created')
        }
        const at = kind.scope === 'Cluster' ? '' : namespace
        checkNamespace(general, at, given)
        const prefix = given.metadata.generateName ?? ''
        if (given.metadata.name !== '' || prefix === '') {
          return createNamed(kind, given, { namespace: at, name: given.metadata.name }, options, warn, s)
        }
        for (let attempt = 1; ; attempt++) {
          const name = `${prefix.slice(0, 58)}${randomSuffix(random)}`
          try {
            return await createNamed(kind, given, { namespace: at, name }, options, warn, s)
          } catch (error) {
            if (!isFault(error, 'AlreadyExists') || attempt >= limits.nameAttempts) throw error
          }
        }
      }),

    update: (kind, key, raw, options, s) => writeOver(kind, key, raw, 'main', options, s),
    async updateStatus(kind, key, raw, options, s) {
      if (!kind.statusSubresource) throw new Fault('NotFound', 'the server could not find the requested resource')
      return writeOver(kind, key, raw, 'status', options, s)
    },
    finalize: (kind, key, raw, options, s) => writeOver(kind, key, raw, 'finalize', options, s),

    patch: <T extends Resource>(
      kind: Kind<T>,
      key: ObjectKey,
      patch: RegistryPatch,
      options: WriteOptions,
      s: AbortSignal,
    ): Promise<T> =>
      telling(options, async (warn) => {
        const { repeated = [] } = options
        const strict = patch.type === 'json' ? strayTexts(repeated, patch.body) : repeated
        const { object } = await write<T>(
          writing,
          kind,
          key,
          async (current, grounds, inner) => {
            const general = kind as unknown as Kind
            if (current === undefined) throw notFound(general, key.name)
            const apply = patching(kind, patch.type)
            const raw =
              patch.subresource === 'scale'
                ? scaledTo(kind, current, patchedScale(apply(scaleOf(kind, current), patch.body)))
                : apply(current, patch.body)
            const part = patch.subresource ?? 'main'
            const given = readGiven(kind, raw, part, { ...options, repeated: strict, patched: true, warn })
            checkIdentity(general, key, given)
            checkVersion(general, current, given)
            const next = given.judged(current)
            const writer = writerOf(options, part)
            const owners = (meant: T) => trackThrough({ ...writer, kind: general, live: current, next: meant })
            return replacing(admission, { kind, next, current, part, owners, grounds, warn }, inner)
          },
          options,
          s,
        )
        return object
      }),

    async delete<T extends Resource>(kind: Kind<T>, key: ObjectKey, options: DeleteOptions, s: AbortSignal) {
      const general = kind as unknown as Kind
      admission.mayDelete(general, key.name)
      const written = await write<T>(
        writing,
        kind,
        key,
        async (current, grounds, inner) => {
          if (current === undefined) throw notFound(general, key.name)
          checkPreconditions(general, current, options.preconditions)
          await reviewDeletion(general, current, grounds, inner)
          const decided = decideDeletion(current, options.propagationPolicy, isHeld(general, current), clock.now())
          if (decided.do === 'remove') return { do: 'remove', object: current }
          if (decided.do === 'nothing') return { do: 'keep', object: current }
          return { do: 'put', object: (await marked(general, decided.object, current, grounds, inner)) as T }
        },
        options,
        s,
      )
      return { object: written.object, removed: written.outcome === 'remove' }
    },
  }
}
