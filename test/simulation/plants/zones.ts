/** Planted bugs of evening out availability zones. */
import type { Draft, Resource } from '../../../api/meta/object.ts'
import type { Task } from '../../../api/v1/task.ts'
import type { Plant } from './plant.ts'

const annotation = 'gantry.dev/availability-zone-rebalancing'

/** Starts tasks that are to even out zones in another zone than the one that has the fewest. */
export const wrongZone: Plant = (client) => ({
  ...client,
  create: (kind, object, signal) => client.create(kind, kind.kind === 'Task' ? elsewhere(object) : object, signal),
})

function elsewhere<T extends Resource>(object: Draft<T>): Draft<T> {
  const right = object.metadata.annotations?.[annotation]
  if (right === undefined) return object
  const wrong = right === 'a' ? 'b' : 'a'
  const { placementConstraints = [], ...spec } = (object as unknown as Task).spec
  const swapped = placementConstraints.map(({ expression = '', ...one }) => ({
    ...one,
    expression: expression.replace(`"${right}"`, `"${wrong}"`),
  }))
  const annotations = { ...object.metadata.annotations, [annotation]: wrong }
  return { ...object, metadata: { ...object.metadata, annotations }, spec: { ...spec, placementConstraints: swapped } }
}
