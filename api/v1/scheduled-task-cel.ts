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
