/** Says how a run begins: that it runs once one of its tasks has a place, and before that what its tasks wait for. */
import type { ResourceClient } from '../../api/client/client.ts'
import type { ScheduledRun } from '../../api/v1/scheduled-task.ts'
import { isStopped, type Task } from '../../api/v1/task.ts'
import { isFault } from '../../lib/errors.ts'
import { runText } from '../output/runs.ts'
import { hindranceTeller } from '../run/hindrance.ts'
import { untilTask } from '../task-watch.ts'

const hasPlace = (task: Task): boolean => task.spec.containerInstance !== undefined || isStopped(task)

/** Resolves when all tasks of the run have places, or `signal` aborts. */
export async function tellPlaces(
  client: ResourceClient,
  namespace: string,
  run: ScheduledRun,
  tell: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let runs = false
  const begun = (): void => {
    if (!runs) tell(runText(run))
    runs = true
  }
  async function follow(name: string): Promise<void> {
    const say = hindranceTeller((line) => tell(`run ${run.name}: ${line}`))
    const seen = (task: Task): boolean => {
      if (hasPlace(task)) return true
      say(task)
      return false
    }
    try {
      await untilTask(client, { namespace, name }, seen, signal)
    } catch (error) {
      if (signal.aborted) return
      // one that is gone had its place; of what we may not see the run alone tells
      if (!isFault(error, 'NotFound', 'Forbidden')) throw error
    }
    begun()
  }
  if (run.tasks.length === 0) begun()
  await Promise.all(run.tasks.map(follow))
}
