/**
 * Services whose deploymentConfiguration changes are written before the task definitions that they follow: a new revision begins a
 * rollout at once, and how it begins (hooks, steps) is what the service says then. ECS's UpdateService changes both in one call.
 */
import type { ResourceClient } from '../../api/client/client.ts'
import { keyOf } from '../../api/meta/object.ts'
import { Service } from '../../api/v1/service.ts'
import { unlessGone } from '../../lib/errors.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { lastApplied, threeWayPatch, withLastApplied } from './three-way.ts'

type Json = Readonly<Record<string, unknown>>

/** What it is to run stays, so that nothing has to be made before it; how that is rolled out does not. */
async function rollsOtherwise(client: ResourceClient, { object }: Manifest, signal: AbortSignal): Promise<boolean> {
  const live = await unlessGone(client.get(Service, keyOf(object), signal))
  if (live === undefined) return false
  const wanted = withLastApplied(object as unknown as Json)
  const { spec } = threeWayPatch(lastApplied(live as unknown as Json), wanted, live as unknown as Json)
  const changes: Json = (spec as Json | undefined) ?? {}
  return 'deploymentConfiguration' in changes && !('taskDefinition' in changes)
}

/** `placed`: in the order of apply. */
export async function inRolloutOrder(
  client: ResourceClient,
  placed: readonly Manifest[],
  signal: AbortSignal,
): Promise<readonly Manifest[]> {
  const at = placed.findIndex(({ kind }) => kind.kind === 'TaskDefinition')
  if (at < 0) return placed
  const early = new Set<Manifest>()
  for (const one of placed)
    if (one.kind.kind === Service.kind && (await rollsOtherwise(client, one, signal))) early.add(one)
  const others = placed.filter((one) => !early.has(one))
  return [...others.slice(0, at), ...early, ...others.slice(at)]
}
