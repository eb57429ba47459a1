/** What ECS refuses to a definition that must be fit for FARGATE or EXTERNAL (ecs-core 3.1, 3.8). */
import type { FieldProblem } from '../../lib/errors.ts'
import { under } from '../meta/field-path.ts'
import { forbidden, invalid, required } from '../meta/problems.ts'
import type { ContainerDefinition } from './container-definition.ts'
import { isFargate, isWindows, networkModeOf, type TaskDefinitionSpec } from './task-definition-spec.ts'
import { cpuUnitsOf, fargateSizeProblem, mebibytesOf } from './task-size.ts'

const fargateLogDrivers = ['awslogs', 'splunk', 'awsfirelens']
const notOnFargate = 'not supported on Fargate'

function fargateTimeouts(container: ContainerDefinition, path: string): FieldProblem[] {
  const long = (member: 'startTimeout' | 'stopTimeout', word: string): FieldProblem[] => {
    const value = container[member]
    if (value === undefined || value <= 120) return []
    const text = `Tasks using the Fargate launch type must have a container ${word} timeout of less than 120 seconds: 2 to 120`
    return [invalid(under(path, member), value, text)]
  }
  return [...long('startTimeout', 'start'), ...long('stopTimeout', 'stop')]
}

function fargateLinux(container: ContainerDefinition, path: string): FieldProblem[] {
  const linux = container.linuxParameters
  if (linux === undefined) return []
  const at = under(path, 'linuxParameters')
  const set: readonly (readonly [string, boolean])[] = [
    ['devices', (linux.devices ?? []).length > 0],
    ['sharedMemorySize', linux.sharedMemorySize !== undefined],
    ['tmpfs', (linux.tmpfs ?? []).length > 0],
    ['maxSwap', linux.maxSwap !== undefined],
    ['swappiness', linux.swappiness !== undefined],
  ]
  const added = linux.capabilities?.add ?? []
  return [
    ...set.filter(([, given]) => given).map(([member]) => forbidden(under(at, member), notOnFargate)),
    ...added.flatMap((capability, i) =>
      capability === 'SYS_PTRACE'
        ? []
        : [
            invalid(
              under(under(under(at, 'capabilities'), 'add'), i),
              capability,
              'on Fargate only SYS_PTRACE can be added',
            ),
          ],
    ),
  ]
}

function fargateContainer(container: ContainerDefinition, path: string): FieldProblem[] {
  const problems = [...fargateTimeouts(container, path), ...fargateLinux(container, path)]
  if (container.privileged === true)
    problems.push(forbidden(under(path, 'privileged'), `privileged is ${notOnFargate}`))
  if ((container.dockerSecurityOptions ?? []).length > 0) {
    problems.push(forbidden(under(path, 'dockerSecurityOptions'), notOnFargate))
  }
  for (const [i, { type }] of (container.resourceRequirements ?? []).entries()) {
    if (type === 'GPU')
      problems.push(forbidden(under(under(path, 'resourceRequirements'), i), `GPU is ${notOnFargate}`))
  }
  const driver = container.logConfiguration?.logDriver
  if (driver !== undefined && !fargateLogDrivers.includes(driver)) {
    const text = `${driver} is not a valid log driver. Must be one of [${fargateLogDrivers.join(', ')}] on Fargate`
    problems.push(invalid(under(under(path, 'logConfiguration'), 'logDriver'), driver, text))
  }
  const options = container.logConfiguration?.options ?? {}
  if (driver === 'awslogs' && (options['awslogs-stream-prefix'] ?? '') === '') {
    const text = 'Log driver awslogs requires option awslogs-stream-prefix on Fargate'
    problems.push(required(under(under(path, 'logConfiguration'), 'options'), text))
  }
  return problems
}

function fargateSize(spec: TaskDefinitionSpec, path: string): FieldProblem[] {
  const problems: FieldProblem[] = []
  for (const member of ['cpu', 'memory'] as const) {
    const text = `Fargate requires that '${member}' be defined at the task level.`
    if (spec[member] === undefined) problems.push(required(under(path, member), text))
  }
  const cpu = cpuUnitsOf(spec.cpu ?? '')
  const memory = mebibytesOf(spec.memory ?? '')
  if (cpu === undefined || memory === undefined) return problems
  const text = fargateSizeProblem(cpu, memory, isWindows(spec))
  if (text !== undefined) problems.push(invalid(under(path, 'cpu'), spec.cpu, text))
  const sum = spec.containerDefinitions.reduce((total, container) => total + container.cpu, 0)
  if (sum > cpu)
    problems.push(invalid(under(path, 'cpu'), spec.cpu, `the containers' cpu together (${sum}) must not exceed it`))
  return problems
}

function fargateTask(spec: TaskDefinitionSpec, path: string): FieldProblem[] {
  const problems: FieldProblem[] = []
  if (networkModeOf(spec) !== 'awsvpc') {
    const text = "Fargate only supports network mode 'awsvpc'."
    problems.push(invalid(under(path, 'networkMode'), spec.networkMode ?? null, text))
  }
  if ((spec.placementConstraints ?? []).length > 0)
    problems.push(forbidden(under(path, 'placementConstraints'), notOnFargate))
  if (spec.ipcMode !== undefined) problems.push(forbidden(under(path, 'ipcMode'), notOnFargate))
  if ((spec.inferenceAccelerators ?? []).length > 0)
    problems.push(forbidden(under(path, 'inferenceAccelerators'), notOnFargate))
  if (spec.pidMode === 'host') {
    const text =
      "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'."
    problems.push(invalid(under(path, 'pidMode'), spec.pidMode, text))
  }
  for (const [i, volume] of (spec.volumes ?? []).entries()) {
    const at = under(under(path, 'volumes'), i)
    if (volume.dockerVolumeConfiguration !== undefined) {
      problems.push(forbidden(under(at, 'dockerVolumeConfiguration'), `Docker volumes are ${notOnFargate}`))
    }
    if ((volume.host?.sourcePath ?? '') !== '') {
      problems.push(forbidden(under(under(at, 'host'), 'sourcePath'), `host.sourcePath is ${notOnFargate}`))
    }
  }
  return problems
}

function fargateRole(spec: TaskDefinitionSpec, path: string): FieldProblem[] {
  const logs = spec.containerDefinitions.some((container) => container.logConfiguration?.logDriver === 'awslogs')
  if (!logs || spec.executionRoleArn !== undefined) return []
  const text = 'Fargate requires task definition to have execution role ARN to support log driver awslogs.'
  return [required(under(path, 'executionRoleArn'), text)]
}

function fargateProblems(spec: TaskDefinitionSpec, path: string): FieldProblem[] {
  const containers = under(path, 'containerDefinitions')
  return [
    ...fargateTask(spec, path),
    ...fargateSize(spec, path),
    ...fargateRole(spec, path),
    ...spec.containerDefinitions.flatMap((container, i) => fargateContainer(container, under(containers, i))),
  ]
}

function externalProblems(spec: TaskDefinitionSpec, path: string): FieldProblem[] {
  const problems: FieldProblem[] = []
  if (spec.networkMode === 'awsvpc') {
    problems.push(invalid(under(path, 'networkMode'), 'awsvpc', 'not supported with the EXTERNAL launch type'))
  }
  if (spec.proxyConfiguration !== undefined) {
    problems.push(forbidden(under(path, 'proxyConfiguration'), 'not supported with the EXTERNAL launch type'))
  }
  for (const [i, volume] of (spec.volumes ?? []).entries()) {
    if (volume.efsVolumeConfiguration === undefined) continue
    const at = under(under(under(path, 'volumes'), i), 'efsVolumeConfiguration')
    problems.push(forbidden(at, 'EFS is not supported with the EXTERNAL launch type'))
  }
  return problems
}

/** Problems with the launch types that the definition says it is fit for; `path` is that of the spec. */
export const launchTypeProblems = (spec: TaskDefinitionSpec, path: string): FieldProblem[] => [
  ...(isFargate(spec) ? fargateProblems(spec, path) : []),
  ...(spec.requiresCompatibilities?.includes('EXTERNAL') === true ? externalProblems(spec, path) : []),
]
