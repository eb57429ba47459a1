/** The rules of a task in CEL, as task-rules.ts has them. */
import { celForbidden, celInvalid } from '../meta/cel.ts'
import { serviceGroup } from './service-names.ts'
import { notValid } from './task-protection.ts'

/** Of what is asked of a task, whoever has it made: its own spec, or a template. */
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

/** Of a task's spec. */
export const taskCel = [
  ...taskTemplateCel,
  celForbidden(
    '.stopCode',
    "!has(self.stopCode) || self.desiredStatus == 'STOPPED'",
    'only together with desiredStatus STOPPED',
  ),
  celForbidden(
    '.protection',
    `!has(self.protection) || (has(self.group) && self.group.startsWith('${serviceGroup}'))`,
    notValid,
  ),
  celInvalid(
    '.containerInstance',
    '!has(oldSelf.containerInstance) || (has(self.containerInstance) && self.containerInstance == oldSelf.containerInstance)',
    'the task is bound to …: a task is bound once',
    '"the task is bound to " + oldSelf.containerInstance + ": a task is bound once"',
  ),
  celInvalid(
    '.desiredStatus',
    "oldSelf.desiredStatus != 'STOPPED' || self.desiredStatus == 'STOPPED'",
    'a task told to stop stays so: start another one',
  ),
]
