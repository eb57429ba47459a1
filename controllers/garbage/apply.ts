/** Deletes, disowns, unfinalizes: always on the very version that was decided on. */
import { keyOf } from '../../api/meta/object.ts'
import { eachBounded } from '../../lib/each-bounded.ts'
import { unlessGone, unreachable } from '../../lib/errors.ts'
import type { Deps } from '../runtime/controller.ts'
import { garbageLimits } from './limits.ts'
import type { Action } from './plan.ts'
import { ownersOf } from './state.ts'

/** Carries out all actions, several at once, then throws the first failure. What went meanwhile is none. */
export async function apply(d: Deps, actions: readonly Action[], signal: AbortSignal): Promise<void> {
  const one = (action: Action, s: AbortSignal) => unlessGone(act(d, action, s))
  await eachBounded(actions, garbageLimits.writesInFlight, one, signal)
}

async function act(d: Deps, action: Action, signal: AbortSignal): Promise<void> {
  const { kind, object } = action.thing
  const { metadata } = object
  const fields = { kind: kind.kind, name: metadata.name, namespace: metadata.namespace }
  switch (action.do) {
    case 'delete': {
      const { uid, resourceVersion } = metadata
      const options = { preconditions: { uid, resourceVersion }, propagationPolicy: action.propagation }
      await d.client.delete(kind, keyOf(object), options, signal)
      return d.log.debug(fields, 'deleted')
    }
    case 'disown': {
      const ownerReferences = ownersOf(object).filter(({ uid }) => !action.owners.has(uid))
      await d.client.update(kind, { ...object, metadata: { ...metadata, ownerReferences } }, signal)
      return d.log.debug(fields, 'taken from an owner that goes')
    }
    case 'unfinalize': {
      const finalizers = (metadata.finalizers ?? []).filter((name) => name !== action.finalizer)
      await d.client.update(kind, { ...object, metadata: { ...metadata, finalizers } }, signal)
      return d.log.debug({ ...fields, finalizer: action.finalizer }, 'finalizer removed')
    }
    default:
      return unreachable(action)
  }
}
