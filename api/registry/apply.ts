/** Server-side apply as one write: merged with the object as it is, then judged and stored as any other. */
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/errors.ts'
import { type Random, randomUuid } from '../../lib/random.ts'
import { isRecord } from '../meta/json.ts'
import type { Kind } from '../meta/kind.ts'
import type { ObjectKey, Resource } from '../meta/object.ts'
import type { admitter } from './admit.ts'
import { checkIdentity, checkVersion } from './checks.ts'
import { conflict, notFound } from './faults.ts'
import { type Applied, applied } from './managed-fields/apply.ts'
import { appliedScale } from './managed-fields/scale.ts'
import { prepareCreate } from './prepare.ts'
import { readGiven } from './reading.ts'
import { replacing } from './replace.ts'
import { requestedBy } from './requester.ts'
import { telling } from './telling.ts'
import { type Grounds, type Step, type WriteParts, write } from './write.ts'
import type { WriteOptions } from './writes.ts'

export interface ApplyOptions extends WriteOptions {
  /** Takes fields that others own with another value. */
  readonly force?: boolean
  readonly subresource?: 'status' | 'scale'
}

export interface RegistryApply {
  /**
   * Makes the object say what `config` says, and no more of what the manager applied before; what others said stays.
   * Makes it if it is missing (`options.made` is called). Faults: Conflict, naming the owners of what would change,
   * BadRequest (values of wrong types, unknown members), Invalid, NotFound (of a subresource).
   */
  apply<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    config: unknown,
    options: ApplyOptions,
    signal: AbortSignal,
  ): Promise<T>
}

export interface RegistryApplyParts {
  readonly writing: WriteParts
  readonly admission: ReturnType<typeof admitter>
  readonly clock: Clock
  readonly random: Random
}

/** Kubernetes: what says which object it means cannot make one. */
function checkUnidentified(kind: Kind, name: string, config: unknown): void {
  const metadata = isRecord(config) && isRecord(config.metadata) ? config.metadata : {}
  const { uid } = metadata
  if (typeof uid !== 'string' || uid === '') return
  throw conflict(kind, name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`)
}

/** What the text says twice, with the last of it counting unless that is an error. */
function judgeRepeats({ unknown = 'strict', repeated = [] }: ApplyOptions, warn: (text: string) => void): void {
  if (unknown === 'strict' && repeated.length > 0) {
    throw new Fault('BadRequest', `error strict decoding YAML: ${repeated.join(', ')}`)
  }
  if (unknown === 'warn') for (const text of repeated) warn(text)
}

export function registryApply({ writing, admission, clock, random }: RegistryApplyParts): RegistryApply {
  return {
    apply: <T extends Resource>(
      kind: Kind<T>,
      key: ObjectKey,
      config: unknown,
      options: ApplyOptions,
      s: AbortSignal,
    ) =>
      telling(options, async (warn) => {
        const general = kind as unknown as Kind
        const { force = false, subresource = '', fieldManager = '', requester } = options
        const part = options.subresource ?? 'main'
        judgeRepeats(options, warn)
        const manager = fieldManager === '' ? 'unknown' : fieldManager

        const read = ({ object }: Applied) => readGiven(kind, object, part, { unknown: 'ignore', nulls: 'kept', warn })

        async function make(result: Applied, grounds: Grounds, inner: AbortSignal): Promise<Step<T>> {
          const given = read(result)
          checkIdentity(general, key, given)
          checkUnidentified(general, key.name, config)
          const { managedFields } = result
          const server = { ...key, uid: randomUuid(random), now: clock.now() }
          const made = prepareCreate(kind, given.judged(undefined), server)
          const { managedFields: _, ...metadata } = made.metadata
          const owned = {
            ...made,
            metadata: { ...metadata, ...(managedFields === undefined ? {} : { managedFields }) },
          }
          const prepared = requester === undefined ? owned : requestedBy(kind, owned, requester)
          return { do: 'put', ...(await admission.admitted(kind, prepared, undefined, grounds, warn, inner)) }
        }

        let isNew = false
        const { object } = await write<T>(
          writing,
          kind,
          key,
          async (current, grounds, inner) => {
            isNew = current === undefined
            if (current === undefined && part !== 'main') throw notFound(general, key.name)
            const application = { kind: general, config, force, manager, subresource, now: clock.now() }
            if (current !== undefined && part === 'scale') {
              const managedFields = appliedScale({ ...application, live: current })
              const owners = () => managedFields
              return replacing(admission, { kind, next: current, current, part, owners, grounds, warn }, inner)
            }
            const result = applied({ ...application, live: current })
            if (current === undefined) return make(result, grounds, inner)
            const given = read(result)
            checkIdentity(general, key, given)
            checkVersion(general, current, given)
            const next = given.judged(current)
            const owners = () => result.managedFields
            return replacing(admission, { kind, next, current, part, owners, grounds, warn }, inner)
          },
          options,
          s,
        )
        if (isNew) options.made?.()
        return object
      }),
  }
}
