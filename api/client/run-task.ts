/** Runs tasks by any client as ECS's RunTask does, with its idempotency (ecs-core 2.3). */
import { Fault, isFault } from '../../lib/errors.ts'
import type { Draft } from '../meta/object.ts'
import { isOfRequest, type RunRequest, requestedTasks } from '../v1/run-task.ts'
import { Task } from '../v1/task.ts'
import type { ResourceClient } from './client.ts'
import { readDefinition } from './read-definition.ts'

export interface RunTask {
  readonly task: Task
  /** False: an earlier request with this token made it. */
  readonly isNew: boolean
}

/**
 * The tasks of `request`, made now or by an earlier one with its token; what an earlier one did not get to make is made.
 * Faults: NotFound when tags are to come from a definition that is not there; Conflict when the token was used with other parameters; those of a creation.
 */
export async function runTask(
  client: ResourceClient,
  { request, namespace, unique }: { readonly request: RunRequest; readonly namespace: string; readonly unique: string },
  signal: AbortSignal,
): Promise<readonly RunTask[]> {
  const one = (draft: Draft<Task>) => createOnce(client, request, draft, signal)
  const definition =
    request.propagateTags === 'TASK_DEFINITION'
      ? await readDefinition(client, request.taskDefinition, signal)
      : undefined
  const [first, ...others] = requestedTasks(request, namespace, unique, definition?.tags)
  // the first one tells whether the token is ours: a request that conflicts leaves nothing
  return first === undefined ? [] : [await one(first), ...(await Promise.all(others.map(one)))]
}

async function createOnce(
  client: ResourceClient,
  request: RunRequest,
  draft: Draft<Task>,
  signal: AbortSignal,
): Promise<RunTask> {
  try {
    return { task: await client.create(Task, draft, signal), isNew: true }
  } catch (error) {
    if (request.clientToken === undefined || !isFault(error, 'AlreadyExists')) throw error
    const { name = '', namespace = '' } = draft.metadata
    const task = await client.get(Task, { namespace, name }, signal)
    if (isOfRequest(task, request)) return { task, isNew: false }
    const message = `the client token ${JSON.stringify(request.clientToken)} was used with other parameters, for task ${name}`
    throw new Fault('Conflict', message, { cause: error })
  }
}
