/** The rules of a scheduled task in CEL, as scheduled-task-rules.ts has them. */
import { celForbidden, celInvalid } from '../meta/cel.ts'
import { daysForm, daysRule, formRule, forms } from './schedule/expression.ts'

const quoted = (pattern: string): string => `'${pattern.replaceAll('\\', '\\\\')}'`
const isOnce = "self.schedule.startsWith('at(')"

/** Of its spec. */
export const scheduledTaskCel = [
  celInvalid('.schedule', `self.schedule.matches(${quoted(Object.values(forms).join('|'))})`, formRule),
  celInvalid(
    '.schedule',
    `!self.schedule.matches(${quoted(forms.cron)}) || self.schedule.matches(${quoted(daysForm)})`,
    daysRule,
  ),
  celForbidden('.startDate', `!has(self.startDate) || !${isOnce}`, 'at(...) is due once, whatever the dates say'),
  celForbidden('.endDate', `!has(self.endDate) || !${isOnce}`, 'at(...) is due once, whatever the dates say'),
]

/** Of its task template. */
export const taskTemplateCel = [
  celInvalid(
    '.taskDefinition',
    "self.taskDefinition.matches('^(arn:.*:task-definition/)?[A-Za-z0-9_][A-Za-z0-9_.-]*(:[0-9]+)?$')",
    'must name a task definition: `web`, `web:3` or its revision object `web.3`',
  ),
  celForbidden(
    '.capacityProviderStrategy',
    '!has(self.launchType) || !has(self.capacityProviderStrategy) || size(self.capacityProviderStrategy) == 0',
    'Specify either Launch Type or Capacity Provider Strategy, but not both.',
  ),
  celInvalid(
    '.propagateTags',
    "!has(self.propagateTags) || self.propagateTags != 'SERVICE'",
    'must be TASK_DEFINITION or NONE for a task',
  ),
]
