/** What may be said of a task, and what may change in its spec (ecs-core 2.3, 4.1, 4.8). */
import type { FieldProblem } from '../../lib/errors.ts'
import { immutable } from '../meta/immutable.ts'
import { forbidden, invalid } from '../meta/problems.ts'
import { ruleOr, type Tag } from './names.ts'
import type { PlacementConstraint, PlacementStrategy } from './placement.ts'
import { memberOfProblems, strategyProblems } from './placement-rules.ts'
import { taskTagProblems } from './tag-rules.ts'
import { parseTaskDefinitionReference } from './task-definition-reference.ts'
import type { TaskOverride } from './task-overrides.ts'
import { protectionProblems, type TaskProtection } from './task-protection.ts'
import { cpuUnitsOf, mebibytesOf } from './task-size.ts'

/** The members of a task's spec that the rules read. */
export interface TaskSpecParts {
  readonly taskDefinition: string
  readonly desiredStatus: 'RUNNING' | 'STOPPED'
  readonly stopCode?: string | undefined
  readonly containerInstance?: string | undefined
  readonly launchType?: string | undefined
  readonly capacityProviderStrategy?: readonly unknown[] | undefined
  readonly propagateTags?: string | undefined
  readonly group?: string | undefined
  readonly protection?: TaskProtection | undefined
  readonly overrides?: TaskOverride | undefined
  readonly tags?: readonly Tag[] | undefined
  readonly placementConstraints?: readonly PlacementConstraint[] | undefined
  readonly placementStrategy?: readonly PlacementStrategy[] | undefined
}

/** ECS's limit for overrides, in characters of JSON (ecs-core 1.7). */
const mostOverrides = 8192

function overrideProblems({ overrides }: TaskSpecParts): FieldProblem[] {
  if (overrides === undefined) return []
  const problems: FieldProblem[] = []
  const size = JSON.stringify(overrides).length
  if (size > mostOverrides) {
    problems.push(invalid('spec.overrides', size, `may not be more than ${mostOverrides} characters of JSON`))
  }
  if (overrides.cpu !== undefined && cpuUnitsOf(overrides.cpu) === undefined) {
    problems.push(
      invalid('spec.overrides.cpu', overrides.cpu, "must be CPU units such as '256', or vCPUs such as '1 vCPU'"),
    )
  }
  if (overrides.memory !== undefined && mebibytesOf(overrides.memory) === undefined) {
    problems.push(
      invalid('spec.overrides.memory', overrides.memory, "must be MiB such as '512', or gigabytes such as '1 GB'"),
    )
  }
  return problems
}

/** Problems of a new task. */
export function newTaskProblems(spec: TaskSpecParts): FieldProblem[] {
  const problems: FieldProblem[] = []
  const { family } = parseTaskDefinitionReference(spec.taskDefinition)
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(family)) {
    const rule = 'must name a task definition: `web`, `web:3` or its revision object `web.3`'
    problems.push(invalid('spec.taskDefinition', spec.taskDefinition, ruleOr(rule, spec.taskDefinition)))
  }
  if (spec.launchType !== undefined && (spec.capacityProviderStrategy ?? []).length > 0) {
    const text = 'Specify either Launch Type or Capacity Provider Strategy, but not both.'
    problems.push(forbidden('spec.capacityProviderStrategy', text))
  }
  if (spec.stopCode !== undefined && spec.desiredStatus !== 'STOPPED') {
    problems.push(forbidden('spec.stopCode', 'only together with desiredStatus STOPPED'))
  }
  if (spec.propagateTags === 'SERVICE') {
    problems.push(invalid('spec.propagateTags', 'SERVICE', 'must be TASK_DEFINITION or NONE for a task'))
  }
  return [
    ...problems,
    ...protectionProblems(spec),
    ...overrideProblems(spec),
    ...taskTagProblems(spec.tags, 'spec.tags'),
    ...memberOfProblems(spec.placementConstraints ?? [], 'spec.placementConstraints'),
    ...strategyProblems(spec.placementStrategy ?? [], 'spec.placementStrategy'),
  ]
}

/** Members of the spec that change in the life of a task; all others are as they were. */
export const changingTaskMembers = [
  'containerInstance',
  'desiredStatus',
  'stopCode',
  'stoppedReason',
  'tags',
  'protection',
] as const

/** Problems of changing a task's spec from `old` to `next`. */
export function taskChangeProblems(next: TaskSpecParts, old: TaskSpecParts): FieldProblem[] {
  const problems = [
    ...immutable(old, next, 'spec', changingTaskMembers),
    ...protectionProblems(next),
    ...taskTagProblems(next.tags, 'spec.tags'),
  ]
  const bound = old.containerInstance
  if (bound !== undefined && next.containerInstance !== bound) {
    const text = `the task is bound to ${bound}: a task is bound once`
    problems.push(invalid('spec.containerInstance', next.containerInstance ?? null, text))
  }
  if (old.desiredStatus === 'STOPPED' && next.desiredStatus !== 'STOPPED') {
    problems.push(invalid('spec.desiredStatus', next.desiredStatus, 'a task told to stop stays so: start another one'))
  }
  return problems
}
