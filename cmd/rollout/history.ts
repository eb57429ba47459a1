/** The deployments of a service as a table, and what one may go back to. */
import { conditionOf } from '../../api/meta/conditions.ts'
import { between, type Instant, parseTimestamp } from '../../lib/time.ts'
import { ageText } from '../output/age.ts'
import type { RolloutFacts } from './facts.ts'
import { definitionText } from './progress.ts'

const since = (at: string | undefined, now: Instant): string =>
  at === undefined ? '-' : ageText(between(parseTimestamp(at), now))

/** Rows, the header first; the newest deployment last. */
export function historyRows({ deployments, revision }: RolloutFacts, now: Instant): readonly (readonly string[])[] {
  const header = ['DEPLOYMENT', 'TASK-DEFINITION', 'STATUS', 'AGE', 'TOOK', 'REASON']
  const rows = deployments.map(({ metadata, spec, status }) => {
    const began = parseTimestamp(status?.startedAt)
    const end = parseTimestamp(status?.finishedAt)
    const blocked = conditionOf(status?.conditions, 'Blocked')
    return [
      metadata.name,
      definitionText(revision(spec.targetServiceRevision)?.spec.taskDefinition),
      status?.status ?? 'PENDING',
      since(metadata.creationTimestamp ?? undefined, now),
      began === undefined || end === undefined ? '-' : ageText(between(began, end)),
      blocked?.status === 'True' ? blocked.message : (status?.statusReason ?? '-'),
    ]
  })
  return [header, ...rows]
}

/** What the last completed deployment of another revision than the newest ran, as `web:3`; undefined: there is none. */
export function undoTarget({ deployments, revision }: RolloutFacts): string | undefined {
  const newest = deployments.at(-1)?.spec.targetServiceRevision
  const before = revision(newest ?? '')?.spec.taskDefinition
  for (const { spec, status } of deployments.toReversed()) {
    const definition = revision(spec.targetServiceRevision)?.spec.taskDefinition
    if (status?.status === 'SUCCESSFUL' && definition !== undefined && definition !== before)
      return definitionText(definition)
  }
  return undefined
}
