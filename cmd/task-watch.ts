/** Waits until a task is as wanted. */
import type { ResourceClient } from '../api/client/client.ts'
import type { ObjectKey } from '../api/meta/object.ts'
import { Task } from '../api/v1/task.ts'
import { Fault } from '../lib/errors.ts'

/** The task as soon as `test` holds. Faults: NotFound when it is deleted before; those of the client. */
export async function untilTask(
  client: ResourceClient,
  { namespace, name }: ObjectKey,
  test: (task: Task) => boolean,
  signal: AbortSignal,
): Promise<Task> {
  const scope = { namespace, fieldSelector: `metadata.name=${name}` }
  const gone = new Fault('NotFound', `task ${name} was deleted`)
  for (;;) {
    const { items, resourceVersion } = await client.list(Task, scope, signal)
    const [now] = items
    if (now === undefined) throw gone
    if (test(now)) return now
    for await (const event of client.watch(Task, { ...scope, resourceVersion }, signal)) {
      if (event.type === 'BOOKMARK') continue
      if (event.type === 'DELETED') throw gone
      if (test(event.object)) return event.object
    }
  }
}
