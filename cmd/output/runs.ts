/** The runs of a scheduled task, for people. */
import { isActiveRun, type ScheduledRun, type ScheduledTask } from '../../api/v1/scheduled-task.ts'
import { between, type Instant, parseTimestamp } from '../../lib/time.ts'
import { ageText } from './age.ts'
import { alignRows } from './table.ts'

const took = ({ startedAt, endedAt }: ScheduledRun, now: Instant): string =>
  startedAt === undefined ? '' : ageText(between(parseTimestamp(startedAt), parseTimestamp(endedAt) ?? now))

/** One sentence about how a run stands. */
export function runText({ name, status, attempt, exitCode, reason, nextAttemptAt }: ScheduledRun): string {
  const nth = attempt > 1 ? ` (attempt ${attempt})` : ''
  const code = exitCode === undefined ? '' : `, exit code ${exitCode}`
  const next = nextAttemptAt === undefined ? '' : `; next attempt at ${nextAttemptAt}`
  return `run ${name} ${status.toLowerCase()}${nth}${code}${reason === undefined ? '' : `: ${reason}`}${next}`
}

const facts = ({ spec, status }: ScheduledTask): readonly (readonly string[])[] => {
  const { taskTemplate: template, retryPolicy } = spec
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  return [
    ['Schedule:', `${spec.schedule} (${spec.timeZone})`],
    ['Runs:', `${template.count} x ${template.taskDefinition}`],
    ['Overlap:', spec.concurrencyPolicy],
    ['Retries:', String(retryPolicy?.maximumRetryAttempts ?? 0)],
    ['Suspended:', String(spec.suspend)],
    ['Last:', status?.lastScheduleTime ?? '<never>'],
    ['Last success:', status?.lastSuccessfulTime ?? '<never>'],
    ['Next:', status?.nextScheduleTime ?? '<none>'],
    ...(ready === undefined ? [] : [['State:', `${ready.reason}: ${ready.message}`]]),
  ]
}

/** What it is, and what became of its runs. */
export function scheduledText(scheduled: ScheduledTask, now: Instant): string {
  const rows = (scheduled.status?.runs ?? []).map((run) => [
    `  ${run.name}`,
    run.trigger,
    run.scheduledTime,
    `${isActiveRun(run) ? '>' : ''}${took(run, now)}`,
    run.status,
    String(run.attempt),
    String(run.exitCode ?? ''),
    run.reason ?? '',
  ])
  const header = ['  RUN', 'TRIGGER', 'DUE', 'TOOK', 'STATUS', 'ATTEMPT', 'EXIT', 'REASON']
  const runs = rows.length === 0 ? ['History:        <none>'] : ['History:', ...alignRows([header, ...rows])]
  return [...alignRows([['Name:', scheduled.metadata.name], ...facts(scheduled)]), ...runs].join('\n')
}
