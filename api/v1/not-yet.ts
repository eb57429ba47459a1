/** Which members of the ECS vocabulary are accepted although Gantry does not act on them yet: the data, and asking it. */

import { under } from '../meta/field-path.ts'
import { isRecord } from '../meta/json.ts'
import { hookStages, isHookedStage } from './deployment-configuration.ts'

/** A member without behaviour, by its path under `spec` with `[]` for any index; `values`: only these have none. */
export interface NotYet {
  readonly field: string
  readonly values?: readonly unknown[]
  /** Only where this member of it asks for nothing. */
  readonly without?: string
  /** What happens instead; default: nothing. */
  readonly instead?: string
}

const members = (parent: string, names: string): readonly NotYet[] =>
  names.split(' ').map((name) => ({ field: parent === '' ? name : `${parent}.${name}` }))

/** Of a TaskDefinition; shrinks as the agent and the scheduler learn. */
export const taskDefinitionNotYet: readonly NotYet[] = [
  { field: 'networkMode', values: ['awsvpc'], instead: 'tasks use the bridge network' },
  {
    field: 'requiresCompatibilities',
    values: ['FARGATE', 'MANAGED_INSTANCES'],
    instead: 'tasks run on container instances',
  },
  { field: 'runtimePlatform.cpuArchitecture', values: ['ARM64'] },
  ...members('', 'taskRoleArn executionRoleArn pidMode ipcMode proxyConfiguration ephemeralStorage'),
  { field: 'volumes[]', without: 'host.sourcePath', instead: 'its mount points have no effect' },
  ...members('', 'enableFaultInjection inferenceAccelerators'),
  ...members('containerDefinitions[]', 'repositoryCredentials links environmentFiles secrets volumesFrom'),
  ...members('containerDefinitions[]', 'logConfiguration firelensConfiguration'),
  ...members('containerDefinitions[]', 'ulimits linuxParameters systemControls resourceRequirements'),
  ...members('containerDefinitions[]', 'dockerSecurityOptions credentialSpecs dnsServers dnsSearchDomains extraHosts'),
  ...members('containerDefinitions[]', 'disableNetworking'),
  ...members('containerDefinitions[].portMappings[]', 'name appProtocol containerPortRange'),
]

/** Of a Service. */
export const serviceNotYet: readonly NotYet[] = [
  {
    field: 'launchType',
    values: ['FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES'],
    instead: 'tasks run on container instances',
  },
  {
    field: 'deploymentController.type',
    values: ['CODE_DEPLOY', 'EXTERNAL'],
    instead: 'Gantry itself rolls changes through',
  },
  { field: 'deploymentConfiguration.strategy', values: ['BLUE_GREEN'], instead: 'changes roll' },
  ...members('deploymentConfiguration', 'alarms'),
  { field: 'deploymentConfiguration.lifecycleHooks[].hookTargetArn', instead: 'AWS_LAMBDA hooks are passed over' },
  {
    field: 'deploymentConfiguration.lifecycleHooks[].lifecycleStages',
    values: hookStages.filter((stage) => !isHookedStage(stage)),
    instead: 'hooks are passed over at stages of traffic',
  },
  ...members(
    '',
    'loadBalancers serviceRegistries networkConfiguration serviceConnectConfiguration volumeConfigurations',
  ),
  ...members('', 'vpcLatticeConfigurations capacityProviderStrategy platformVersion role clientToken'),
  ...members('', 'enableExecuteCommand monitoring'),
]

const spareTags = 'a Task has the tags that its spec lists; services, schedules and gantry run list these, too'

/** Of the tasks that a schedule runs. */
export const taskTemplateNotYet: readonly NotYet[] = [
  {
    field: 'launchType',
    values: ['FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES'],
    instead: 'the task runs on a container instance',
  },
  ...members(
    '',
    'capacityProviderStrategy platformVersion networkConfiguration volumeConfigurations enableExecuteCommand',
  ),
  ...members('overrides', 'taskRoleArn executionRoleArn ephemeralStorage inferenceAcceleratorOverrides'),
  ...members('overrides.containerOverrides[]', 'environmentFiles resourceRequirements'),
]

/** Of a Task. */
export const taskNotYet: readonly NotYet[] = [
  ...taskTemplateNotYet,
  { field: 'propagateTags', values: ['TASK_DEFINITION'], instead: spareTags },
  { field: 'enableECSManagedTags', instead: spareTags },
]

/** Of a Cluster. */
export const clusterNotYet: readonly NotYet[] = members(
  '',
  'settings configuration capacityProviders defaultCapacityProviderStrategy serviceConnectDefaults tags',
)

/** A member in use that has no behaviour yet. */
export interface Unsupported {
  readonly field: string
  /** Where it is used. */
  readonly paths: readonly string[]
  readonly instead: string
}

/** Whether a value asks for anything. */
const asks = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  value !== '' &&
  value !== 0 &&
  !(Array.isArray(value) && value.length === 0) &&
  !(isRecord(value) && !Object.values(value).some(asks))

interface Found {
  readonly path: string
  readonly value: unknown
}

/** The values at `field`, following every item of lists. */
function found(value: unknown, steps: readonly string[], path: string): readonly Found[] {
  const [step, ...rest] = steps
  if (step === undefined) return [{ path, value }]
  const inList = step.endsWith('[]')
  const name = inList ? step.slice(0, -2) : step
  const member = isRecord(value) ? value[name] : undefined
  if (member === undefined) return []
  const at = under(path, name)
  if (!inList) return found(member, rest, at)
  return Array.isArray(member) ? member.flatMap((item, i) => found(item, rest, under(at, i))) : []
}

const applies = (value: unknown, values: readonly unknown[] | undefined): boolean =>
  values === undefined
    ? asks(value)
    : Array.isArray(value)
      ? value.some((one) => values.includes(one))
      : values.includes(value)

/** The members of `spec` that are in use and listed in `table`. Controllers can set a condition from it. */
export function unsupportedMembers(spec: unknown, table: readonly NotYet[], path = 'spec'): readonly Unsupported[] {
  return table.flatMap(({ field, values, without, instead = 'it has no effect' }) => {
    const isExcused = (value: unknown): boolean =>
      without !== undefined && found(value, without.split('.'), '').some((one) => asks(one.value))
    const used = found(spec, field.split('.'), path).filter(({ value }) => applies(value, values) && !isExcused(value))
    return used.length === 0 ? [] : [{ field, paths: used.map((one) => one.path), instead }]
  })
}

const mostNamed = 3

/** For people: `spec.volumes: not supported yet: it has no effect`. */
export function notYetWarnings(spec: unknown, table: readonly NotYet[], path = 'spec'): string[] {
  return unsupportedMembers(spec, table, path).map(({ paths, instead }) => {
    const rest = paths.length - mostNamed
    const named = paths.slice(0, mostNamed).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
    return `${named}: accepted, but not supported yet: ${instead}`
  })
}
