/** Planted bugs of containers that are started again in place: in what agents see. */
import type { Resource } from '../../../api/meta/object.ts'
import type { TaskDefinitionRevision } from '../../../api/v1/task-definition.ts'
import type { Plant } from './plant.ts'

/** Starts again what ended at any time, with any code. */
export const eagerRestarts: Plant = (client) => ({
  ...client,
  get: async (kind, key, signal) => impatient(await client.get(kind, key, signal)),
})

function impatient<T extends Resource>(object: T): T {
  if (object.kind !== 'TaskDefinitionRevision') return object
  const { spec } = object as unknown as TaskDefinitionRevision
  const containerDefinitions = spec.taskDefinition.containerDefinitions.map((container) =>
    container.restartPolicy === undefined
      ? container
      : { ...container, restartPolicy: { enabled: true, restartAttemptPeriod: 1 } },
  )
  return { ...object, spec: { ...spec, taskDefinition: { ...spec.taskDefinition, containerDefinitions } } }
}
