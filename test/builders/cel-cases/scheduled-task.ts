/** A wrong and a right object for each rule in CEL of scheduled tasks. */
import type { CelCase, Fields } from './case.ts'
import { placement } from './service.ts'

const template = (over: Fields): Fields => ({ taskTemplate: { taskDefinition: 'web', ...over } })
const inTemplate = (one: CelCase): CelCase => ({
  ...one,
  rule: one.rule.replace(/^spec\./, 'spec.taskTemplate.'),
  wrong: template(one.wrong),
  right: template(one.right),
})

export const scheduledTaskCases: readonly CelCase[] = [
  { rule: 'spec.schedule: must be cron', wrong: { schedule: 'every day' }, right: { schedule: 'rate(1 day)' } },
  { rule: 'spec.schedule: must be cron', wrong: { schedule: 'rate(1 days)' }, right: { schedule: 'rate(2 days)' } },
  { rule: 'spec.schedule: must be cron', wrong: { schedule: 'rate(0 hours)' }, right: { schedule: '@hourly' } },
  { rule: 'spec.schedule: must be cron', wrong: { schedule: '0 3 * *' }, right: { schedule: '0 3 * * *' } },
  {
    rule: 'spec.schedule: must be cron',
    wrong: { schedule: 'at(2027-01-31 03:00)' },
    right: { schedule: 'at(2027-01-31T03:00:00)' },
  },
  {
    rule: 'spec.schedule: of the fields',
    wrong: { schedule: 'cron(0 3 * * * *)' },
    right: { schedule: 'cron(0 3 ? * * *)' },
  },
  {
    rule: 'spec.schedule: of the fields',
    wrong: { schedule: 'cron(0 3 ? * ? *)' },
    right: { schedule: 'cron(0 3 L * ? *)' },
  },
  {
    rule: 'spec.startDate: at',
    wrong: { schedule: 'at(2027-01-31T03:00:00)', startDate: '2027-01-01T00:00:00Z' },
    right: { schedule: 'rate(1 hour)', startDate: '2027-01-01T00:00:00Z' },
  },
  {
    rule: 'spec.endDate: at',
    wrong: { schedule: 'at(2027-01-31T03:00:00)', endDate: '2027-01-01T00:00:00Z' },
    right: { schedule: 'rate(1 hour)', endDate: '2027-01-01T00:00:00Z' },
  },
  {
    rule: 'spec.taskTemplate.taskDefinition: must name',
    wrong: template({ taskDefinition: 'my web' }),
    right: template({ taskDefinition: 'web:3' }),
  },
  {
    rule: 'spec.taskTemplate.capacityProviderStrategy: Specify either',
    wrong: template({ launchType: 'EC2', capacityProviderStrategy: [{ capacityProvider: 'a' }] }),
    right: template({ launchType: 'EC2', capacityProviderStrategy: [] }),
  },
  {
    rule: 'spec.taskTemplate.propagateTags: must be',
    wrong: template({ propagateTags: 'SERVICE' }),
    right: template({ propagateTags: 'NONE' }),
  },
  ...placement.map(inTemplate),
]
