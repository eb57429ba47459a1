/** How containers of a task may refer to each other: dependsOn, links, volumesFrom (ecs-core 3.4). */
import type { FieldProblem } from '../../lib/errors.ts'
import { under } from '../meta/field-path.ts'
import { forbidden, invalid, notFound } from '../meta/problems.ts'
import type { ContainerDefinition } from './container-definition.ts'
import { networkModeOf, type TaskDefinitionSpec } from './task-definition-spec.ts'

/** One container waiting for another, and the field that says so. */
interface Edge {
  readonly to: string
  readonly path: string
}

const linkTarget = (link: string): string => link.split(':')[0] ?? ''

/** dependsOn, links and volumesFrom all imply an order (ecs-core 3.4). */
function edgesOf(container: ContainerDefinition, path: string): readonly Edge[] {
  const list = (member: string, targets: readonly string[]): Edge[] =>
    targets.map((to, i) => ({ to, path: under(under(path, member), i) }))
  return [
    ...list(
      'dependsOn',
      (container.dependsOn ?? []).map((dependency) => dependency.containerName),
    ),
    ...list('links', (container.links ?? []).map(linkTarget)),
    ...list(
      'volumesFrom',
      (container.volumesFrom ?? []).map((from) => from.sourceContainer),
    ),
  ]
}

type ByName = ReadonlyMap<string, ContainerDefinition>

function dependsOnProblems(container: ContainerDefinition, byName: ByName, path: string): FieldProblem[] {
  return (container.dependsOn ?? []).flatMap(({ containerName, condition }, i) => {
    const at = under(under(path, 'dependsOn'), i)
    const target = byName.get(containerName)
    if (target === undefined) {
      return [
        notFound(
          under(at, 'containerName'),
          containerName,
          `Cannot depend on container + '${containerName}' because it does not exist`,
        ),
      ]
    }
    if ((condition === 'SUCCESS' || condition === 'COMPLETE') && target.essential) {
      return [
        invalid(
          under(at, 'condition'),
          condition,
          'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container',
        ),
      ]
    }
    if (condition === 'HEALTHY' && target.healthCheck === undefined) {
      return [
        invalid(
          under(at, 'condition'),
          condition,
          'A dependency container with HEALTHY condition must have health check configured',
        ),
      ]
    }
    return []
  })
}

function referenceProblems(
  spec: TaskDefinitionSpec,
  container: ContainerDefinition,
  byName: ByName,
  path: string,
): FieldProblem[] {
  const mode = networkModeOf(spec)
  const problems: FieldProblem[] = []
  const links = container.links ?? []
  if (links.length > 0 && mode !== 'bridge') {
    problems.push(forbidden(under(path, 'links'), `Links are not supported when networkMode=${mode}; only with bridge`))
  }
  for (const [i, link] of links.entries()) {
    if (!byName.has(linkTarget(link))) {
      problems.push(
        notFound(
          under(under(path, 'links'), i),
          link,
          `there is no container '${linkTarget(link)}' in the task definition`,
        ),
      )
    }
  }
  for (const [i, { sourceContainer }] of (container.volumesFrom ?? []).entries()) {
    if (!byName.has(sourceContainer)) {
      const at = under(under(under(path, 'volumesFrom'), i), 'sourceContainer')
      problems.push(notFound(at, sourceContainer, `there is no container '${sourceContainer}' in the task definition`))
    }
  }
  return problems
}

/** One problem for each ring of containers that wait for each other, at a field that closes it. */
function cycleProblems(containers: readonly ContainerDefinition[], path: string): FieldProblem[] {
  const edges = new Map(containers.map((container, i) => [container.name, edgesOf(container, under(path, i))]))
  const problems: FieldProblem[] = []
  const finished = new Set<string>()
  const visit = (name: string, trail: readonly string[]): void => {
    if (finished.has(name)) return
    for (const edge of (edges.get(name) ?? []).filter(({ to }) => to !== '')) {
      const start = [...trail, name].indexOf(edge.to)
      if (start >= 0) {
        const ring = [...trail, name].slice(start)
        problems.push(invalid(edge.path, edge.to, `containers wait for each other: ${[...ring, edge.to].join(' -> ')}`))
      } else {
        visit(edge.to, [...trail, name])
      }
    }
    finished.add(name)
  }
  for (const container of containers) visit(container.name, [])
  return problems
}

/** Problems of all references between containers; `path` is that of `containerDefinitions`. */
export function dependencyProblems(spec: TaskDefinitionSpec, path: string): FieldProblem[] {
  const containers = spec.containerDefinitions
  const byName = new Map(containers.map((container) => [container.name, container]))
  return [
    ...containers.flatMap((container, i) => [
      ...dependsOnProblems(container, byName, under(path, i)),
      ...referenceProblems(spec, container, byName, under(path, i)),
    ]),
    ...cycleProblems(containers, path),
  ]
}
