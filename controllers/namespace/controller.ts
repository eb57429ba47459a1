/** Empties namespaces that are deleted, and lets them go: what Kubernetes' namespace controller does. */
import type { Kind } from '../../api/meta/kind.ts'
import { isDeleting } from '../../api/meta/object.ts'
import { Namespace } from '../../api/v1/core.ts'
import { allKinds } from '../../api/v1/kinds.ts'
import { parseTimestamp, plus } from '../../lib/time.ts'
import { again, type Controller, type Deps, done, own } from '../runtime/controller.ts'
import { deleteAll, letGo, writeStatus } from './apply.ts'
import { namespaceLimits as limits } from './limits.ts'
import { contentFinalizer, planDeletions, planStatus } from './plan.ts'
import { remainsOf, type Thing } from './state.ts'

/**
 * Watches Namespace; looks at the content of those that go again and again, of kinds that nobody watches too. `kinds`: whose
 * objects are content; default: all of Gantry's.
 */
export function namespaceController(d: Deps, options: { readonly kinds?: readonly Kind[] } = {}): Controller {
  const kinds = (options.kinds ?? allKinds).filter(
    ({ scope, viewOf }) => scope === 'Namespaced' && viewOf === undefined,
  )

  async function contentOf(namespace: string, signal: AbortSignal): Promise<readonly Thing[]> {
    const things: Thing[] = []
    for (const kind of kinds) {
      const { items } = await d.client.list(kind, { namespace }, signal)
      things.push(...items.map((object) => ({ kind, object })))
    }
    return things
  }

  return {
    name: 'namespace',
    watches: [own(Namespace)],
    async reconcile(name, signal) {
      const namespace = d.cache.get(Namespace, { namespace: '', name })
      if (namespace === undefined || !isDeleting(namespace)) return done
      if (!(namespace.spec.finalizers ?? []).includes(contentFinalizer)) return done
      const looksAt = plus(parseTimestamp(namespace.metadata.deletionTimestamp as string), limits.grace)
      if (d.clock.now() < looksAt) return again(looksAt)

      const found = await contentOf(name, signal)
      const deleting = planDeletions(found)
      await deleteAll(d, deleting, signal)
      const left = deleting.length === 0 ? found : await contentOf(name, signal)
      const status = planStatus(namespace, remainsOf(left), d.clock.now())
      const written = await writeStatus(d, namespace, status, signal)
      if (left.length > 0) return again(plus(d.clock.now(), limits.lookEvery))
      await letGo(d, written, signal)
      return done
    },
  }
}
