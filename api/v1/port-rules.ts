/** What ECS says about port mappings in each network mode (ecs-core 3.3). */

import type { FieldProblem } from '../../lib/errors.ts'
import { under } from '../meta/field-path.ts'
import { duplicate, forbidden, invalid, required } from '../meta/problems.ts'
import type { ContainerDefinition, PortMapping } from './container-definition.ts'
import { networkModeOf, type TaskDefinitionSpec } from './task-definition-spec.ts'

type NetworkMode = ReturnType<typeof networkModeOf>

interface Range {
  readonly first: number
  readonly last: number
}

function rangeOf(mapping: PortMapping): Range | undefined {
  const [first, last] = (mapping.containerPortRange ?? '').split('-').map(Number)
  return first === undefined || last === undefined || Number.isNaN(first) ? undefined : { first, last }
}

function rangeProblems(mapping: PortMapping, mode: NetworkMode, path: string): FieldProblem[] {
  const at = under(path, 'containerPortRange')
  const range = rangeOf(mapping)
  if (range === undefined) return []
  const problems: FieldProblem[] = []
  const inOrder = range.first >= 1 && range.last <= 65535 && range.first < range.last
  if (!inOrder)
    problems.push(invalid(at, mapping.containerPortRange, 'must go from a lower to a higher port within 1-65535'))
  if (mapping.containerPort !== undefined)
    problems.push(forbidden(under(path, 'containerPort'), 'not with containerPortRange'))
  if (mapping.hostPort !== undefined) problems.push(forbidden(under(path, 'hostPort'), 'not with containerPortRange'))
  if (mode !== 'bridge' && mode !== 'awsvpc') problems.push(forbidden(at, 'only with networkMode bridge or awsvpc'))
  return problems
}

function mappingProblems(mapping: PortMapping, mode: NetworkMode, path: string): FieldProblem[] {
  if (mapping.containerPortRange !== undefined) return rangeProblems(mapping, mode, path)
  if (mapping.containerPort === undefined) {
    return [required(under(path, 'containerPort'), 'containerPort or containerPortRange must be set')]
  }
  const hostPort = mapping.hostPort ?? 0
  const mustMatch = mode === 'host' || mode === 'awsvpc'
  if (!mustMatch || hostPort === 0 || hostPort === mapping.containerPort) return []
  const text = `When networkMode=${mode}, the host ports and container ports in port mappings must match.`
  return [
    invalid(under(path, 'hostPort'), hostPort, `${text} Leave hostPort out, or set it to ${mapping.containerPort}`),
  ]
}

const overlap = (a: Range, b: Range): boolean => a.first <= b.last && b.first <= a.last
const extentOf = (mapping: PortMapping): Range | undefined =>
  rangeOf(mapping) ??
  (mapping.containerPort === undefined ? undefined : { first: mapping.containerPort, last: mapping.containerPort })

/** Within one container: no container port twice, whatever the protocol. */
function clashes(mappings: readonly PortMapping[], path: string): FieldProblem[] {
  return mappings.flatMap((mapping, i) => {
    const extent = extentOf(mapping)
    if (extent === undefined) return []
    const earlier = mappings.slice(0, i).find((other) => {
      const otherExtent = extentOf(other)
      return otherExtent !== undefined && overlap(extent, otherExtent)
    })
    if (earlier === undefined) return []
    const at = under(path, i)
    if (mapping.containerPortRange !== undefined || earlier.containerPortRange !== undefined) {
      return [
        invalid(at, mapping.containerPortRange ?? mapping.containerPort, 'must not overlap with another port mapping'),
      ]
    }
    if (mapping.protocol !== earlier.protocol) {
      return [
        invalid(under(at, 'protocol'), mapping.protocol, 'one container port may not be exposed with two protocols'),
      ]
    }
    // one container port on two fixed host ports is a thing that Docker does
    return mapping.hostPort === earlier.hostPort
      ? [duplicate(at, { containerPort: mapping.containerPort, protocol: mapping.protocol })]
      : []
  })
}

const hostPortOf = (mapping: PortMapping, mode: NetworkMode): number =>
  mode === 'host' ? (mapping.containerPort ?? 0) : mode === 'bridge' ? (mapping.hostPort ?? 0) : 0

const mappingsOf = (container: ContainerDefinition, path: string): { mapping: PortMapping; path: string }[] =>
  (container.portMappings ?? []).map((mapping, i) => ({ mapping, path: under(under(path, 'portMappings'), i) }))

/** Problems of all port mappings; `path` is that of `containerDefinitions`. */
export function portProblems(spec: TaskDefinitionSpec, path: string): FieldProblem[] {
  const mode = networkModeOf(spec)
  const problems = spec.containerDefinitions.flatMap((container, i) => {
    const at = under(under(path, i), 'portMappings')
    const mappings = container.portMappings ?? []
    if (mode === 'none' && mappings.length > 0) return [forbidden(at, 'not with networkMode none')]
    return [...mappings.flatMap((mapping, j) => mappingProblems(mapping, mode, under(at, j))), ...clashes(mappings, at)]
  })
  const all = spec.containerDefinitions.flatMap((container, i) => mappingsOf(container, under(path, i)))
  const taken = new Set<string>()
  const names = new Set<string>()
  for (const { mapping, path: at } of all) {
    const port = hostPortOf(mapping, mode)
    const key = `${port}/${mapping.protocol}`
    if (port !== 0 && taken.has(key)) {
      problems.push(duplicate(under(at, mode === 'host' ? 'containerPort' : 'hostPort'), port))
    }
    taken.add(key)
    if (mapping.name !== undefined && names.has(mapping.name)) problems.push(duplicate(under(at, 'name'), mapping.name))
    if (mapping.name !== undefined) names.add(mapping.name)
  }
  return problems
}
