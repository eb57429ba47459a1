/**
 * What a task without a place lacks, in figures: told from the instances as they are now, since a condition that said so would be
 * written again with each change of theirs.
 */
import { fulfils, type QueriedInstance, queriedInstance } from '../../api/v1/cluster-query.ts'
import { parseClusterQuery } from '../../api/v1/cluster-query-syntax.ts'
import type { ContainerInstance } from '../../api/v1/container-instance.ts'
import { demandOf } from '../../api/v1/demand.ts'
import { effectiveDefinition } from '../../api/v1/effective-definition.ts'
import { notPlaceable } from '../../api/v1/placeable.ts'
import type { Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'

/** What to add to the message of a task's condition Scheduled with this `reason`; undefined when there is nothing to add. */
export function placementDetail(
  reason: string,
  task: Task,
  definition: TaskDefinitionRevision | undefined,
  instances: readonly ContainerInstance[],
): string | undefined {
  if (definition === undefined) return undefined
  const open = instances.filter((instance) => notPlaceable(instance) === undefined)
  const demand = demandOf(effectiveDefinition(definition.spec.taskDefinition, task.spec.overrides))
  switch (reason) {
    case 'InsufficientCpu':
      return shortage('cpu', demand.cpu, open)
    case 'InsufficientMemory':
      return shortage('memory', demand.memory, open)
    case 'ConstraintNotMet':
      return unmet(task, definition, open)
    default:
      return undefined
  }
}

const amounts = { cpu: { of: 'CPU units', unit: '' }, memory: { of: 'MiB of memory', unit: ' MiB' } } as const

/** Of the instances that are short, what the one has that is the least so. */
function shortage(what: keyof typeof amounts, need: number, open: readonly ContainerInstance[]): string | undefined {
  const short = open
    .map(({ metadata, status }) => ({ name: metadata.name, free: status?.remainingResources?.[what] ?? 0 }))
    .filter(({ free }) => free < need)
  const [best] = short.toSorted((a, b) => b.free - a.free || (a.name < b.name ? -1 : 1))
  if (best === undefined) return undefined
  const { of, unit } = amounts[what]
  return `it needs ${need} ${of}, and the most that is free on one of those is ${best.free}${unit} (${best.name})`
}

/** The expressions that no instance fulfils. Those that ask for other tasks cannot be judged by instances. */
function unmet(task: Task, definition: TaskDefinitionRevision, open: readonly ContainerInstance[]): string | undefined {
  if (open.length === 0) return undefined
  const constraints = [
    ...(definition.spec.taskDefinition.placementConstraints ?? []),
    ...(task.spec.placementConstraints ?? []),
  ]
  const subjects = open.map(queriedInstance)
  const expressions = constraints.flatMap(({ type, expression = '' }) => (type === 'memberOf' ? [expression] : []))
  const judged = expressions.filter((expression) => !expression.includes('task:group'))
  const tests = judged.map((expression) => {
    const parsed = parseClusterQuery(expression)
    return { expression, holds: (of: QueriedInstance): boolean => parsed.ok && fulfils(parsed.query, of) }
  })
  const failed = tests.filter(({ holds }) => !subjects.some(holds)).map(({ expression }) => expression)
  if (failed.length > 0) return `no instance that takes tasks fulfils ${failed.join(', nor ')}`
  const isMet = subjects.some((subject) => tests.every(({ holds }) => holds(subject)))
  return isMet ? undefined : `no instance that takes tasks fulfils all of ${judged.join(', ')}`
}
