/** How far each revision of a rollout is, drawn: a bar of its tasks and how many are where. */
import { revisionText } from '../../api/v1/task-definition-reference.ts'
import { alignRows } from '../output/table.ts'
import type { RolloutFacts } from './facts.ts'

const width = 20

/** A line for each revision that takes part in the newest deployment, what is rolled out last; none before there is one. */
export function revisionBars({ service, deployments, revision }: RolloutFacts): readonly string[] {
  const { sourceServiceRevisions = [], targetServiceRevision = '' } = deployments.at(-1)?.spec ?? {}
  const desired = service.status?.desiredCount ?? 0
  const rows = [...new Set([...sourceServiceRevisions, targetServiceRevision])].flatMap((name) => {
    const one = revision(name)
    if (one === undefined) return []
    const { runningCount = 0, pendingCount = 0, healthyCount = 0, failedTasks = 0 } = one.status ?? {}
    const counts = [
      `${healthyCount}/${desired} healthy`,
      ...(runningCount > healthyCount ? [`${runningCount - healthyCount} not healthy yet`] : []),
      ...(pendingCount > 0 ? [`${pendingCount} starting`] : []),
      ...(failedTasks > 0 ? [`${failedTasks} failed`] : []),
    ]
    const share = (count: number): number => Math.round((width * count) / Math.max(desired, 1))
    return [[revisionText(one.spec.taskDefinition), bar(share(healthyCount), share(runningCount)), counts.join(', ')]]
  })
  return alignRows(rows).map((line) => `  ${line}`)
}

/** Full as far as tasks are healthy, half as far as they only run. */
const bar = (full: number, half: number): string =>
  '█'.repeat(full).padEnd(half, '▒').padEnd(width, '░').slice(0, width)
