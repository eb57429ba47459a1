/** The task definition that a reference means now. */
import { isFault } from '../../lib/errors.ts'
import { revisionName, TaskDefinition, TaskDefinitionRevision, type TaskDefinitionSpec } from '../v1/task-definition.ts'
import { parseTaskDefinitionReference } from '../v1/task-definition-reference.ts'
import type { ResourceClient } from './client.ts'

/** Of `web` (its head), `web:3` and `web.3`. Faults: NotFound. */
export async function readDefinition(
  client: ResourceClient,
  reference: string,
  signal: AbortSignal,
): Promise<TaskDefinitionSpec> {
  const { family, revision } = parseTaskDefinitionReference(reference)
  const name = revision === undefined ? reference : revisionName(family, revision)
  const ofRevision = async () =>
    (await client.get(TaskDefinitionRevision, { namespace: '', name }, signal)).spec.taskDefinition
  if (revision !== undefined) return ofRevision()
  try {
    return (await client.get(TaskDefinition, { namespace: '', name: family }, signal)).spec
  } catch (error) {
    if (!isFault(error, 'NotFound') || !/\.\d+$/.test(name)) throw error
    return ofRevision()
  }
}
