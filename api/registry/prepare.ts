/** What the server owns of an object: fills it on creation and keeps it through updates. Pure. */

import { isEqual } from '../../lib/equal.ts'
import { type Instant, timestamp } from '../../lib/time.ts'
import { isRecord } from '../meta/json.ts'
import type { Kind } from '../meta/kind.ts'
import type { ObjectMeta, Resource } from '../meta/object.ts'

const without = <T extends object>(object: T, ...members: readonly string[]): T =>
  Object.fromEntries(Object.entries(object).filter(([member]) => !members.includes(member))) as T

/** `metadata` without members that are absent or say nothing, so that equal objects have equal bytes. */
export function tidy(metadata: ObjectMeta): ObjectMeta {
  const empty = (value: unknown): boolean =>
    value === undefined ||
    (Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0)
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => !empty(value))) as ObjectMeta
}

/** A new object as it will be stored: identity, creation time and generation set; status as nobody wrote it where it is a subresource. */
export function prepareCreate<T extends Resource>(
  kind: Kind<T>,
  object: T,
  server: { readonly namespace: string; readonly name: string; readonly uid: string; readonly now: Instant },
): T {
  const { namespace: _namespace, generation: _generation, ...given } = object.metadata
  const metadata = tidy({
    ...without(given, 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'),
    name: server.name,
    ...(kind.scope === 'Namespaced' ? { namespace: server.namespace } : {}),
    uid: server.uid,
    resourceVersion: '',
    ...(kind.hasGeneration ? { generation: 1 } : {}),
    creationTimestamp: timestamp(server.now),
  })
  if (!kind.statusSubresource) return { ...object, metadata }
  const status = kind.firstStatus === undefined ? {} : { status: kind.firstStatus }
  return { ...without(object, 'status'), ...status, metadata }
}

/** Everything but metadata, and but status where that is a subresource: what counts as desired state. */
const desired = (kind: Kind, object: Resource): object =>
  kind.statusSubresource ? without(object, 'metadata', 'status') : without(object, 'metadata')

/** `next`, with managedFields as it has them, as it will be stored over `old` by a write to the object itself. */
export function prepareUpdate<T extends Resource>(kind: Kind<T>, next: T, old: T): T {
  const kept = old.metadata
  const metadata = tidy({
    ...next.metadata,
    name: kept.name,
    namespace: kept.namespace,
    uid: next.metadata.uid || kept.uid, // another one is refused
    resourceVersion: '',
    generation: kept.generation,
    creationTimestamp: kept.creationTimestamp,
    deletionTimestamp: next.metadata.deletionTimestamp ?? kept.deletionTimestamp, // the same
    deletionGracePeriodSeconds: next.metadata.deletionGracePeriodSeconds ?? kept.deletionGracePeriodSeconds,
    selfLink: undefined,
  })
  const merged = kind.statusSubresource
    ? { ...without(next, 'status'), ...(old.status === undefined ? {} : { status: old.status }), metadata }
    : { ...next, metadata }
  if (!kind.hasGeneration || isEqual(desired(kind, merged), desired(kind, old))) return merged
  return { ...merged, metadata: { ...metadata, generation: (kept.generation ?? 0) + 1 } }
}

/** `old` with status and managedFields of `next`: a write to the status subresource changes nothing else. */
export const prepareStatus = <T extends Resource>(next: T, old: T): T => ({
  ...without(old, 'status'),
  ...(next.status === undefined ? {} : { status: next.status }),
  metadata: tidy({ ...old.metadata, managedFields: next.metadata.managedFields }),
})

/** Without what a write that changes nothing may have given: a version, and times of managedFields. */
const timeless = (object: Resource): Resource => ({
  ...object,
  metadata: {
    ...object.metadata,
    resourceVersion: '',
    managedFields: object.metadata.managedFields?.map(({ time: _, ...entry }) => entry),
  },
})

/** `old` with the spec.finalizers of `next`: a write to the finalize subresource changes nothing else. */
export function prepareFinalize<T extends Resource>(next: T, old: T): T {
  const { finalizers = [] } = (next.spec ?? {}) as { readonly finalizers?: readonly string[] }
  const { finalizers: _before, ...spec } = (old.spec ?? {}) as { readonly finalizers?: readonly string[] }
  const metadata = tidy({ ...old.metadata, managedFields: next.metadata.managedFields })
  return { ...old, metadata, spec: finalizers.length === 0 ? spec : { ...spec, finalizers } }
}

/** Whether storing `next` over `old` would change anything. */
export const isUnchanged = (next: Resource, old: Resource): boolean => isEqual(timeless(next), timeless(old))
