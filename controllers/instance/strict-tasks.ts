/** Which tasks may not run twice, so that the loss of their instance does not end them. */
import { controllerOf, keyText, type ObjectKey } from '../../api/meta/object.ts'
import { Service } from '../../api/v1/service.ts'
import { isStrict } from '../../api/v1/service-bounds.ts'
import { serviceOfRevision } from '../../api/v1/service-names.ts'
import { ServiceRevision } from '../../api/v1/service-revision.ts'
import { isStopped, type Task } from '../../api/v1/task.ts'
import { eachBounded } from '../../lib/each-bounded.ts'
import { unlessGone } from '../../lib/errors.ts'
import type { Deps } from '../runtime/controller.ts'
import { instanceLimits } from './limits.ts'

/** The service that made the task. */
function serviceOf(task: Task): ObjectKey | undefined {
  const owner = controllerOf(task)
  if (owner?.kind !== ServiceRevision.kind) return undefined
  return { namespace: task.metadata.namespace ?? '', name: serviceOfRevision(owner.name) }
}

/**
 * Names of those of `tasks` that are of strict services. That one is not strict is asked of the API: a cache that is behind must
 * not let a task run twice.
 */
export async function strictTasks(
  { cache, client }: Pick<Deps, 'cache' | 'client'>,
  tasks: readonly Task[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const byService = new Map<string, { readonly key: ObjectKey; readonly names: string[] }>()
  for (const task of tasks) {
    const key = isStopped(task) ? undefined : serviceOf(task)
    if (key === undefined) continue
    const known = byService.get(keyText(key))
    if (known === undefined) byService.set(keyText(key), { key, names: [task.metadata.name] })
    else known.names.push(task.metadata.name)
  }
  const strict = new Set<string>()
  const ask = async (
    { key, names }: { readonly key: ObjectKey; readonly names: readonly string[] },
    s: AbortSignal,
  ): Promise<void> => {
    const cached = cache.get(Service, key)
    const service =
      cached !== undefined && isStrict(cached.spec) ? cached : await unlessGone(client.get(Service, key, s))
    if (service !== undefined && isStrict(service.spec)) for (const name of names) strict.add(name)
  }
  await eachBounded([...byService.values()], instanceLimits.writesInFlight, ask, signal)
  return strict
}
