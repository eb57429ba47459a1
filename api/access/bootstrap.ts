/** Brings the built-in roles and bindings back to what they must at least say, as Kubernetes does at each start. */
import { isFault } from '../../lib/errors.ts'
import { apiVersionOf, type Kind } from '../meta/kind.ts'
import type { Draft, Resource } from '../meta/object.ts'
import type { Registry } from '../registry/registry.ts'
import { ClusterRole, ClusterRoleBinding } from '../v1/rbac.ts'
import { autoupdate, builtInBindings, builtInRoles } from './built-in.ts'
import { limits } from './limits.ts'
import { uncovered } from './rules.ts'

const left = (object: Resource): boolean => object.metadata.annotations?.[autoupdate] === 'false'

/** What `old` lacks is added, what it has more stays; undefined when it lacks nothing. */
function completedRole(old: ClusterRole, wanted: Draft<ClusterRole>): ClusterRole | undefined {
  const missing = wanted.aggregationRule === undefined ? uncovered(old.rules, wanted.rules) : []
  const labels = Object.entries(wanted.metadata.labels ?? {}).some(
    ([key, value]) => old.metadata.labels?.[key] !== value,
  )
  const selectors = wanted.aggregationRule?.clusterRoleSelectors ?? []
  const has = JSON.stringify(old.aggregationRule?.clusterRoleSelectors ?? [])
  const more = selectors.filter((selector) => !has.includes(JSON.stringify(selector)))
  if (missing.length === 0 && !labels && more.length === 0) return undefined
  return {
    ...old,
    metadata: { ...old.metadata, labels: { ...old.metadata.labels, ...wanted.metadata.labels } },
    rules: [...old.rules, ...missing],
    ...(selectors.length === 0
      ? {}
      : { aggregationRule: { clusterRoleSelectors: [...(old.aggregationRule?.clusterRoleSelectors ?? []), ...more] } }),
  }
}

function completedBinding(old: ClusterRoleBinding, wanted: Draft<ClusterRoleBinding>): ClusterRoleBinding | undefined {
  const missing = (wanted.subjects ?? []).filter(
    ({ kind, name }) => !old.subjects?.some((one) => one.kind === kind && one.name === name),
  )
  return missing.length === 0 ? undefined : { ...old, subjects: [...(old.subjects ?? []), ...missing] }
}

/** Faults: those of the store. Any number of servers may do it at once. */
export async function ensureBuiltIn(registry: Registry, signal: AbortSignal): Promise<void> {
  for (const role of builtInRoles) await ensure(registry, ClusterRole, role, completedRole, signal)
  for (const binding of builtInBindings) await ensure(registry, ClusterRoleBinding, binding, completedBinding, signal)
}

async function ensure<T extends Resource>(
  registry: Registry,
  kind: Kind<T>,
  wanted: Draft<T>,
  complete: (old: T, wanted: Draft<T>) => T | undefined,
  signal: AbortSignal,
): Promise<void> {
  const key = { namespace: '', name: wanted.metadata.name ?? '' }
  for (let attempt = 1; ; attempt++) {
    try {
      const old = await registry.get(kind, key, signal)
      const next = left(old) ? undefined : complete(old, wanted)
      if (next !== undefined) await registry.update(kind, key, next, {}, signal)
      return
    } catch (error) {
      if (!isFault(error, 'NotFound', 'Conflict') || attempt >= limits.bootstrapAttempts) throw error
      if (isFault(error, 'NotFound')) await createOrFind(registry, kind, wanted, signal)
    }
  }
}

async function createOrFind<T extends Resource>(
  registry: Registry,
  kind: Kind<T>,
  wanted: Draft<T>,
  signal: AbortSignal,
): Promise<void> {
  try {
    const raw = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...wanted }
    await registry.create(kind, '', raw, {}, signal)
  } catch (error) {
    if (!isFault(error, 'AlreadyExists')) throw error
  }
}
