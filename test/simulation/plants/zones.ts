/** Planted bugs of evening out availability zones. */
import type { Resource } from '../../../api/meta/object.ts'
import { type Plant, seeing } from './plant.ts'

/** Does not see what it wrote of a service's zones: what it began there is always new to it. */
export const forgottenMoves: Plant = (client, random) => ({
  ...seeing(withoutMoves)(client, random),
  updateStatus: async (kind, object, signal) => withoutMoves(await client.updateStatus(kind, object, signal)),
})

function withoutMoves<T extends Resource>(object: T): T {
  if (object.kind !== 'Service') return object
  const { availabilityZoneRebalancing: _, ...status } =
    (object as unknown as { status?: Record<string, unknown> }).status ?? {}
  return { ...object, status }
}
