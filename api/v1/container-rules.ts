/** What ECS says about one container beyond the shape of its fields (ecs-core 3.2, 3.4, 3.8). */
import type { FieldProblem } from '../../lib/errors.ts'
import { under } from '../meta/field-path.ts'
import { forbidden, invalid, required } from '../meta/problems.ts'
import type { ContainerDefinition } from './container-definition.ts'
import type { LogConfiguration } from './logging.ts'
import { networkModeOf, type TaskDefinitionSpec } from './task-definition-spec.ts'

function memoryProblems(spec: TaskDefinitionSpec, container: ContainerDefinition, path: string): FieldProblem[] {
  const { name, memory = 0, memoryReservation = 0 } = container
  if (spec.memory === undefined && memory === 0 && memoryReservation === 0) {
    const text = `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`
    return [required(under(path, 'memory'), text)]
  }
  if (memory > 0 && memory < memoryReservation) {
    const text = `Invalid setting for container '${name}'. 'memory' must be at least 'memoryReservation' (${memoryReservation})`
    return [invalid(under(path, 'memory'), memory, text)]
  }
  return []
}

function timeoutProblems(container: ContainerDefinition, path: string): FieldProblem[] {
  const short = (member: 'startTimeout' | 'stopTimeout', word: string): FieldProblem[] => {
    const value = container[member]
    if (value === undefined || value >= 2) return []
    const text = `Granular ${word} timeout on container '${container.name}' must be at least 2 seconds.`
    return [invalid(under(path, member), value, text)]
  }
  return [...short('startTimeout', 'start'), ...short('stopTimeout', 'stop')]
}

/** Members that need the engine's own networking, which awsvpc does not use. */
const notWithAwsvpc = ['hostname', 'dnsServers', 'dnsSearchDomains', 'extraHosts'] as const
const isSet = (value: unknown): boolean =>
  value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)

function networkProblems(spec: TaskDefinitionSpec, container: ContainerDefinition, path: string): FieldProblem[] {
  if (networkModeOf(spec) !== 'awsvpc') return []
  return notWithAwsvpc
    .filter((member) => isSet(container[member]))
    .map((member) => forbidden(under(path, member), `${member} is not supported when networkMode=awsvpc`))
}

/** Problems of a log configuration anywhere; `path` is its own. */
export function logProblems(log: LogConfiguration, path: string): FieldProblem[] {
  if (log.logDriver !== 'awslogs') return []
  const given = new Set([
    ...Object.entries(log.options ?? {}).flatMap(([key, value]) => (value === '' ? [] : [key])),
    ...(log.secretOptions ?? []).map((secret) => secret.name),
  ])
  const missing = ['awslogs-region', 'awslogs-group'].filter((option) => !given.has(option))
  if (missing.length === 0) return []
  const text = `Log driver awslogs requires options: awslogs-region, awslogs-group (missing: ${missing.join(', ')})`
  return [required(under(path, 'options'), text)]
}

const ipcControls = /^(kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\..+)$/

function systemControlProblems(spec: TaskDefinitionSpec, container: ContainerDefinition, path: string): FieldProblem[] {
  return (container.systemControls ?? []).flatMap(({ namespace }, i) => {
    const at = under(under(under(path, 'systemControls'), i), 'namespace')
    const isNet = namespace.startsWith('net.')
    if (!isNet && !ipcControls.test(namespace)) {
      return [invalid(at, namespace, 'must be net.*, fs.mqueue.* or an IPC parameter such as kernel.shmmax')]
    }
    if (isNet && networkModeOf(spec) === 'host') return [forbidden(at, 'net.* is not supported when networkMode=host')]
    if (!isNet && spec.ipcMode === 'host') return [forbidden(at, 'IPC parameters are not supported when ipcMode=host')]
    return []
  })
}

function ulimitProblems(container: ContainerDefinition, path: string): FieldProblem[] {
  return (container.ulimits ?? []).flatMap(({ softLimit, hardLimit }, i) => {
    const exceeds = hardLimit !== -1 && (softLimit === -1 || softLimit > hardLimit)
    const at = under(under(under(path, 'ulimits'), i), 'softLimit')
    return exceeds ? [invalid(at, softLimit, `must be at most hardLimit (${hardLimit})`)] : []
  })
}

function secretProblems(container: ContainerDefinition, path: string): FieldProblem[] {
  const variables = new Set((container.environment ?? []).map((variable) => variable.name))
  return (container.secrets ?? []).flatMap(({ name }, i) => {
    if (!variables.has(name)) return []
    const text = `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${name}'.`
    return [invalid(under(under(under(path, 'secrets'), i), 'name'), name, text)]
  })
}

/** Problems of one container; `path` is its own. */
export function containerProblems(
  spec: TaskDefinitionSpec,
  container: ContainerDefinition,
  path: string,
): FieldProblem[] {
  const { logConfiguration } = container
  return [
    ...memoryProblems(spec, container, path),
    ...timeoutProblems(container, path),
    ...networkProblems(spec, container, path),
    ...(logConfiguration === undefined ? [] : logProblems(logConfiguration, under(path, 'logConfiguration'))),
    ...systemControlProblems(spec, container, path),
    ...ulimitProblems(container, path),
    ...secretProblems(container, path),
  ]
}
