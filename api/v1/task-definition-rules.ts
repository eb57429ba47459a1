/** All that ECS checks of a task definition beyond the shape of its fields (ecs-core 3). */
import type { FieldProblem } from '../../lib/errors.ts'
import { under } from '../meta/field-path.ts'
import { isRecord } from '../meta/json.ts'
import { duplicate, forbidden, invalid, notFound, required } from '../meta/problems.ts'
import { containerProblems } from './container-rules.ts'
import { dependencyProblems } from './dependency-rules.ts'
import { launchTypeProblems } from './launch-type-rules.ts'
import { ruleOr } from './names.ts'
import { memberOfProblems } from './placement-rules.ts'
import { portProblems } from './port-rules.ts'
import { tagProblems } from './tag-rules.ts'
import { isFargate, type TaskDefinitionSpec } from './task-definition-spec.ts'
import { cpuUnitsOf, mebibytesOf } from './task-size.ts'
import { volumeRuleProblems } from './volume-rules.ts'

/** ECS's limit for a whole task definition, in bytes of JSON (ecs-core 8.1). */
const mostBytes = 64 * 1024

/** UTF-8 bytes of a text. */
function bytesOf(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}

function sizeProblems(spec: TaskDefinitionSpec, path: string): FieldProblem[] {
  const bytes = bytesOf(JSON.stringify(spec))
  if (bytes <= mostBytes) return []
  return [
    { path, reason: 'FieldValueTooLong', message: `Too long: ${bytes} bytes: may not be more than ${mostBytes} bytes` },
  ]
}

function cpuProblems(spec: TaskDefinitionSpec, path: string): FieldProblem[] {
  if (spec.cpu === undefined) return []
  const cpu = cpuUnitsOf(spec.cpu)
  const at = under(path, 'cpu')
  const rule = "must be CPU units such as '256', or vCPUs such as '.25 vCPU'"
  if (cpu === undefined) return [invalid(at, spec.cpu, ruleOr(`Invalid 'cpu' setting for task. It ${rule}`, spec.cpu))]
  if (!isFargate(spec) && (cpu < 128 || cpu > 196608)) {
    return [invalid(at, spec.cpu, "Invalid 'cpu' setting for task. It must be 128 to 196608 CPU units")]
  }
  return []
}

function memoryProblems(spec: TaskDefinitionSpec, path: string): FieldProblem[] {
  if (spec.memory === undefined) return []
  const memory = mebibytesOf(spec.memory)
  const at = under(path, 'memory')
  const rule = "must be MiB such as '512', or gigabytes such as '0.5 GB'"
  if (memory === undefined || memory === 0) {
    return [invalid(at, spec.memory, ruleOr(`Invalid 'memory' setting for task. It ${rule}`, spec.memory))]
  }
  const sum = spec.containerDefinitions.reduce((total, container) => total + (container.memory ?? 0), 0)
  const reserved = spec.containerDefinitions.reduce(
    (total, { memory: hard, memoryReservation }) => total + (memoryReservation ?? hard ?? 0),
    0,
  )
  const most = Math.max(sum, reserved)
  if (most <= memory) return []
  return [
    invalid(
      at,
      spec.memory,
      `the containers' memory together (${most} MiB) must not exceed the task's (${memory} MiB)`,
    ),
  ]
}

function essentialProblems(spec: TaskDefinitionSpec, path: string): FieldProblem[] {
  if (spec.containerDefinitions.some((container) => container.essential)) return []
  return [invalid(path, spec.containerDefinitions.length, 'at least one container must be essential')]
}

/** What only an execution role can fetch. */
function executionRoleProblems(spec: TaskDefinitionSpec, path: string): FieldProblem[] {
  if (spec.executionRoleArn !== undefined) return []
  const needs = spec.containerDefinitions.some(
    (container) =>
      (container.secrets ?? []).length > 0 ||
      (container.environmentFiles ?? []).length > 0 ||
      (container.logConfiguration?.secretOptions ?? []).length > 0,
  )
  if (!needs) return []
  const text = "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
  return [required(under(path, 'executionRoleArn'), text)]
}

function proxyProblems(spec: TaskDefinitionSpec, path: string): FieldProblem[] {
  const proxy = spec.proxyConfiguration
  if (proxy === undefined) return []
  const at = under(path, 'proxyConfiguration')
  const known = spec.containerDefinitions.some((container) => container.name === proxy.containerName)
  return [
    ...(known ? [] : [notFound(under(at, 'containerName'), proxy.containerName, 'there is no such container')]),
    ...(spec.networkMode === 'awsvpc' ? [] : [forbidden(at, 'only with networkMode awsvpc')]),
  ]
}

function uniqueNames(spec: TaskDefinitionSpec, path: string): FieldProblem[] {
  const seen = new Set<string>()
  return spec.containerDefinitions.flatMap(({ name }, i) => {
    const again = seen.has(name)
    seen.add(name)
    return again ? [duplicate(under(under(path, i), 'name'), name)] : []
  })
}

/** All problems of a task definition; `path` is that of the spec in its object. */
export function taskDefinitionProblems(spec: TaskDefinitionSpec, path = 'spec'): FieldProblem[] {
  const containers = under(path, 'containerDefinitions')
  return [
    ...uniqueNames(spec, containers),
    ...essentialProblems(spec, containers),
    ...spec.containerDefinitions.flatMap((container, i) => containerProblems(spec, container, under(containers, i))),
    ...portProblems(spec, containers),
    ...dependencyProblems(spec, containers),
    ...volumeRuleProblems(spec, path),
    ...cpuProblems(spec, path),
    ...memoryProblems(spec, path),
    ...executionRoleProblems(spec, path),
    ...proxyProblems(spec, path),
    ...memberOfProblems(spec.placementConstraints ?? [], under(path, 'placementConstraints')),
    ...launchTypeProblems(spec, path),
    ...sizeProblems(spec, path),
    ...tagProblems(spec.tags, under(path, 'tags')),
  ]
}

/** A role that ECS could not find by its spelling, an unusual health check: accepted, but worth a word. */
export function taskDefinitionAdvice(spec: TaskDefinitionSpec, path = 'spec'): string[] {
  const roles = (['taskRoleArn', 'executionRoleArn'] as const).flatMap((member) => {
    const role = spec[member]
    if (role === undefined || /^(arn:[\w-]+:iam::\d{12}:role\/)?[\w+=,.@/-]+$/.test(role)) return []
    return [`${under(path, member)}: ${JSON.stringify(role)} is not the name or ARN of a role`]
  })
  const checks = spec.containerDefinitions.flatMap(({ healthCheck }, i) => {
    if (healthCheck === undefined || ['CMD', 'CMD-SHELL', 'NONE'].includes(healthCheck.command[0] ?? '')) return []
    const at = under(under(under(path, 'containerDefinitions'), i), 'healthCheck')
    return [`${at}.command: does not start with CMD or CMD-SHELL; taken as CMD`]
  })
  const storage =
    spec.ephemeralStorage !== undefined && !isFargate(spec)
      ? [`${under(path, 'ephemeralStorage')}: has an effect on Fargate only`]
      : []
  return [...roles, ...checks, ...storage]
}

/** Other things that people paste under `spec`, and what to do with them. */
export function misreadTaskDefinition(raw: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const { spec } = raw
  if (Array.isArray(spec)) {
    const why =
      'spec is a bare list of container definitions (as Terraform takes it), not a task definition: put the list under spec.containerDefinitions and add what belongs to the task'
    return [invalid('spec', 'array', why)]
  }
  if (!isRecord(spec)) return []
  if (isRecord(spec.taskDefinition) && spec.containerDefinitions === undefined) {
    const why =
      'spec is the output of DescribeTaskDefinition or RegisterTaskDefinition, which wraps the task definition: put the members of spec.taskDefinition directly under spec'
    return [invalid('spec.taskDefinition', 'object', why)]
  }
  return []
}
