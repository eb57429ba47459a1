/** Deletes content, writes conditions, and lets an empty namespace go. */
import { keyOf } from '../../api/meta/object.ts'
import { Namespace } from '../../api/v1/core.ts'
import { eachBounded } from '../../lib/each-bounded.ts'
import { unlessGone } from '../../lib/errors.ts'
import type { Deps } from '../runtime/controller.ts'
import { namespaceLimits } from './limits.ts'
import { contentFinalizer } from './plan.ts'
import type { Thing } from './state.ts'

/** Deletes the very objects that were decided on; what went meanwhile is fine. */
export async function deleteAll(d: Deps, things: readonly Thing[], signal: AbortSignal): Promise<void> {
  const one = async ({ kind, object }: Thing, s: AbortSignal): Promise<void> => {
    const options = { preconditions: { uid: object.metadata.uid }, propagationPolicy: 'Background' as const }
    await unlessGone(d.client.delete(kind, keyOf(object), options, s))
  }
  await eachBounded(things, namespaceLimits.deletesInFlight, one, signal)
}

/** Returns the namespace as it is then. */
export const writeStatus = (
  d: Deps,
  namespace: Namespace,
  status: Namespace['status'],
  signal: AbortSignal,
): Promise<Namespace> =>
  status === undefined ? Promise.resolve(namespace) : d.client.updateStatus(Namespace, { ...namespace, status }, signal)

/** Takes our hold off the namespace: it goes, unless somebody else has one. */
export async function letGo(d: Deps, namespace: Namespace, signal: AbortSignal): Promise<void> {
  const finalizers = (namespace.spec.finalizers ?? []).filter((name) => name !== contentFinalizer)
  await unlessGone(d.client.finalize(Namespace, { ...namespace, spec: { ...namespace.spec, finalizers } }, signal))
  d.log.info({ namespace: namespace.metadata.name }, 'namespace emptied')
}
