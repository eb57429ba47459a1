/** What a task really runs: its task definition as its overrides change it (ecs-core 4.8), and whether they can. */
import type { FieldProblem } from '../../lib/errors.ts'
import { under } from '../meta/field-path.ts'
import { invalid } from '../meta/problems.ts'
import type { ContainerDefinition } from './container-definition.ts'
import { taskDefinitionProblems } from './task-definition-rules.ts'
import type { TaskDefinitionSpec } from './task-definition-spec.ts'
import type { TaskOverride } from './task-overrides.ts'
import { cpuUnitsOf, mebibytesOf } from './task-size.ts'

type ContainerOverride = NonNullable<TaskOverride['containerOverrides']>[number]
type Pair = NonNullable<ContainerDefinition['environment']>[number]

/** Without undefined members, so that they do not hide what the definition says. */
const given = <T extends object>(members: T): Partial<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>

/** The override wins, and adds what is new. */
const merged = (own: readonly Pair[] = [], over: readonly Pair[] = []): Pair[] => [
  ...new Map([...own, ...over].map((pair) => [pair.name, pair])).values(),
]

function overridden(container: ContainerDefinition, override: ContainerOverride | undefined): ContainerDefinition {
  if (override === undefined) return container
  const { environment, ...members } = override
  return {
    ...container,
    ...given(members),
    ...(environment === undefined ? {} : { environment: merged(container.environment, environment) }),
  }
}

/** `definition` itself when nothing is overridden. What names no container of it has no effect: see overrideProblems. */
export function effectiveDefinition<D extends TaskDefinitionSpec>(definition: D, overrides?: TaskOverride): D {
  if (overrides === undefined) return definition
  const { containerOverrides = [], inferenceAcceleratorOverrides: _, ...members } = overrides
  return {
    ...definition,
    ...given(members),
    containerDefinitions: definition.containerDefinitions.map((container) =>
      overridden(
        container,
        containerOverrides.find(({ name }) => name === container.name),
      ),
    ),
  }
}

const path = 'spec.overrides'

/** `spec.containerDefinitions[1].memory` as the override that says it: `spec.overrides.containerOverrides[0].memory`. */
function blamed(definition: TaskDefinitionSpec, overrides: TaskOverride, problem: FieldProblem): FieldProblem {
  const [, index, member = ''] = /^spec\.containerDefinitions\[(\d+)\]\.?(\w*)/.exec(problem.path) ?? []
  const container = index === undefined ? undefined : definition.containerDefinitions[Number(index)]?.name
  const at = (overrides.containerOverrides ?? []).findIndex(({ name }) => name === container)
  if (container !== undefined && at >= 0) {
    const place = under(under(path, 'containerOverrides'), at)
    const said = overrides.containerOverrides?.[at] ?? {}
    return { ...problem, path: member in said ? under(place, member) : place }
  }
  const own = problem.path.replace(/^spec\.?/, '')
  return { ...problem, path: own in overrides ? under(path, own) : path }
}

/** Without sizes that cannot be read: a task's own rules say so. */
const withSizes = ({ cpu, memory, ...others }: TaskOverride): TaskOverride => ({
  ...others,
  ...(cpuUnitsOf(cpu ?? '') === undefined ? {} : { cpu }),
  ...(mebibytesOf(memory ?? '') === undefined ? {} : { memory }),
})

/** What is wrong with overriding `definition` so: containers that are not there, and what the rules of a definition refuse. */
export function overrideProblems(definition: TaskDefinitionSpec, overrides?: TaskOverride): readonly FieldProblem[] {
  if (overrides === undefined) return []
  const names = definition.containerDefinitions.map(({ name }) => name)
  const strangers = (overrides.containerOverrides ?? []).flatMap(({ name }, i) =>
    names.includes(name)
      ? []
      : [
          invalid(
            under(under(under(path, 'containerOverrides'), i), 'name'),
            name,
            `Override for container named ${name} is not a container in the TaskDefinition: allowed: ${names.join(', ')}`,
          ),
        ],
  )
  const before = new Set(taskDefinitionProblems(definition).map((problem) => `${problem.path} ${problem.message}`))
  const made = taskDefinitionProblems(effectiveDefinition(definition, withSizes(overrides)))
    .filter((problem) => !before.has(`${problem.path} ${problem.message}`))
    .map((problem) => blamed(definition, overrides, problem))
  return [...strangers, ...made]
}
