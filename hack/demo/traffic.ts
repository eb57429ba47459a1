/** A client that keeps asking the tasks that serve, as one behind a load balancer would, and counts what it gets. */
import type { Task } from '../../api/v1/task.ts'
import { urlOf } from './tasks.ts'

export interface TrafficReport {
  readonly requests: number
  readonly failures: readonly string[]
  /** How many answers came from each version. */
  readonly versions: ReadonlyMap<string, number>
}

const pause = 10
const requestLimit = 5000

/** Requests, one after the other, to the serving tasks in turn, until `signal` aborts. */
export async function keepAsking(serving: () => readonly Task[], signal: AbortSignal): Promise<TrafficReport> {
  const failures: string[] = []
  const versions = new Map<string, number>()
  let requests = 0
  while (!signal.aborted) {
    const tasks = serving()
    const task = tasks[requests % Math.max(tasks.length, 1)]
    requests++
    if (task === undefined) failures.push('no task serves')
    else {
      try {
        const response = await fetch(urlOf(task, 'web'), {
          signal: AbortSignal.timeout(requestLimit),
          headers: { connection: 'close' },
        })
        const version = /version: (\S+)</.exec(await response.text())?.[1]
        if (!response.ok || version === undefined) failures.push(`${task.metadata.name}: status ${response.status}`)
        else versions.set(version, (versions.get(version) ?? 0) + 1)
      } catch (error) {
        const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
        failures.push(`${task.metadata.name}: ${error instanceof Error ? error.message : error}${cause}`)
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
  return { requests, failures, versions }
}
