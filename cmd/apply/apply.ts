/** Applies one object: creates it, or patches what is there, safe against others who write at the same time. */
import type { ResourceClient } from '../../api/client/client.ts'
import { type Draft, keyOf, type Resource } from '../../api/meta/object.ts'
import { backoffDelay, jittered } from '../../lib/backoff.ts'
import { sleep } from '../../lib/clock.ts'
import { isEqual } from '../../lib/equal.ts'
import { isFault, unlessGone } from '../../lib/errors.ts'
import { between } from '../../lib/time.ts'
import { limits } from '../limits.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { Session } from '../session.ts'
import { lastApplied, threeWayPatch, withLastApplied } from './three-way.ts'

export const applyResults = ['created', 'configured', 'unchanged'] as const
export type ApplyResult = (typeof applyResults)[number]

export interface Applied {
  readonly result: ApplyResult
  readonly object: Resource
}

/** What applying needs of a session. */
export type Applier = Pick<Session, 'client' | 'clock' | 'random' | 'signal'>

type Json = Readonly<Record<string, unknown>>

/** One round: faults with Conflict or AlreadyExists when somebody else was faster. */
async function applyOnce(client: ResourceClient, { kind, object }: Manifest, signal: AbortSignal): Promise<Applied> {
  const wanted = withLastApplied(object as unknown as Json)
  if (object.metadata.name === undefined || object.metadata.name === '')
    return { result: 'created', object: await client.create(kind, object as Draft<Resource>, signal) }
  const live = await unlessGone(client.get(kind, keyOf(object), signal))
  if (live === undefined)
    return { result: 'created', object: await client.create(kind, wanted as unknown as Draft<Resource>, signal) }
  const changes = threeWayPatch(lastApplied(live as unknown as Json), wanted, live as unknown as Json)
  const metadata = { ...(changes.metadata as Json | undefined), resourceVersion: live.metadata.resourceVersion }
  const body = { ...changes, metadata }
  const patched = await client.patch(kind, keyOf(object), { type: 'merge', body }, signal)
  // In a dry run the version is the same whatever would change.
  return { result: isEqual(patched, live) ? 'unchanged' : 'configured', object: patched }
}

/**
 * Applies `manifest`. Faults as the server's, except for conflicts: those are retried after a pause of chance length, or
 * many who write one object in step would meet again in every round.
 */
export async function applyManifest(applier: Applier, manifest: Manifest): Promise<Applied> {
  const { client, clock, random, signal } = applier
  for (let tries = 1; ; tries++) {
    try {
      return await applyOnce(client, manifest, signal)
    } catch (error) {
      if (tries >= limits.applyTries || !isFault(error, 'Conflict', 'AlreadyExists')) throw error
      await sleep(clock, jittered(backoffDelay(limits.applyRetry, tries), random), signal)
    }
  }
}

/**
 * Applies `manifest` and, while the server says that something it refers to does not exist, tries again: for objects
 * whose reference was applied just before and is still being worked on (a cluster's namespace, a first revision).
 */
export async function applyAfterReferences(applier: Applier, manifest: Manifest): Promise<Applied> {
  const { clock, signal } = applier
  const start = clock.now()
  for (;;) {
    try {
      return await applyManifest(applier, manifest)
    } catch (error) {
      const missing =
        isFault(error, 'NotFound') ||
        (isFault(error, 'Invalid') && error.problems.some(({ reason }) => reason === 'FieldValueNotFound'))
      if (!missing || between(start, clock.now()) > limits.referenceWait) throw error
      await sleep(clock, limits.referenceRetry, signal)
    }
  }
}
