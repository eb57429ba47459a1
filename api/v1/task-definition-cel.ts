/**
 * The rules of a task definition in CEL: what task-definition-, dependency-, port-, volume- and launch-type-rules.ts say that one object shows, and
 * that is affordable by a kube-apiserver's own estimate. Not here: cycles, sizes of Fargate, ports and names that several containers share.
 */
import { celForbidden, celInvalid, celRequired } from '../meta/cel.ts'

const containers = 'self.containerDefinitions'
const mode = (...modes: readonly string[]): string =>
  `has(self.networkMode) && self.networkMode in [${modes.map((one) => `'${one}'`).join(', ')}]`
/** True of all containers. */
const each = (rule: string): string => `${containers}.all(c, ${rule})`
const empty = (member: string): string => `!has(c.${member}) || size(c.${member}) == 0`
const fargate = "has(self.requiresCompatibilities) && 'FARGATE' in self.requiresCompatibilities"
const external = "has(self.requiresCompatibilities) && 'EXTERNAL' in self.requiresCompatibilities"
const hasMemory = '(has(c.memory) && c.memory > 0) || (has(c.memoryReservation) && c.memoryReservation > 0)'
const amount = (unit: string): string => String.raw`^([0-9]+|\\s*([0-9]+(\\.[0-9]+)?|\\.[0-9]+)\\s*${unit}\\s*)$`
/** Amounts that CEL can count with: whole numbers, short enough for an integer. */
const isWhole = (member: string): string => `has(self.${member}) && self.${member}.matches('^[0-9]{1,9}$')`

const sizes = [
  celInvalid(
    '.cpu',
    `!has(self.cpu) || self.cpu.matches('${amount('[vV][cC][pP][uU]')}')`,
    "It must be CPU units such as '256', or vCPUs such as '.25 vCPU'",
  ),
  celInvalid(
    '.cpu',
    `!(${isWhole('cpu')}) || (${fargate}) || (int(self.cpu) >= 128 && int(self.cpu) <= 196608)`,
    "Invalid 'cpu' setting for task. It must be 128 to 196608 CPU units",
  ),
  celInvalid(
    '.memory',
    `!has(self.memory) || (self.memory.matches('${amount('[gG][bB]')}') && !self.memory.matches('^0+$'))`,
    "It must be MiB such as '512', or gigabytes such as '0.5 GB'",
  ),
  celInvalid(
    '.memory',
    `!(${isWhole('memory')}) || self.memory.matches('^0+$') || (${containers}.map(c, has(c.memory) ? c.memory : 0).sum() <= int(self.memory) && ${containers}.map(c, has(c.memoryReservation) ? c.memoryReservation : has(c.memory) ? c.memory : 0).sum() <= int(self.memory))`,
    "the containers' memory together (… MiB) must not exceed the task's (… MiB)",
  ),
  celRequired(
    '.containerDefinitions',
    `has(self.memory) || ${each(hasMemory)}`,
    "Invalid setting for container '…'. At least one of 'memory' or 'memoryReservation' must be specified.",
  ),
]

const ports = [
  celForbidden(
    '.containerDefinitions',
    `!(${mode('none')}) || ${each(empty('portMappings'))}`,
    'not with networkMode none',
  ),
  celForbidden(
    '.containerDefinitions',
    `!(${mode('host')}) || ${each('!has(c.portMappings) || c.portMappings.all(p, !has(p.containerPortRange))')}`,
    'only with networkMode bridge or awsvpc',
  ),
  celInvalid(
    '.containerDefinitions',
    `!(${mode('host', 'awsvpc')}) || ${each('!has(c.portMappings) || c.portMappings.all(p, !has(p.containerPort) || has(p.containerPortRange) || !has(p.hostPort) || p.hostPort in [0, p.containerPort])')}`,
    'When networkMode=…, the host ports and container ports in port mappings must match.',
    '"When networkMode=" + self.networkMode + ", the host ports and container ports in port mappings must match."',
  ),
]

const networking = [
  celForbidden(
    '.containerDefinitions',
    `!has(self.networkMode) || self.networkMode == 'bridge' || ${each(empty('links'))}`,
    'Links are not supported when networkMode=…; only with bridge',
    '"Links are not supported when networkMode=" + self.networkMode + "; only with bridge"',
  ),
  ...['hostname', 'dnsServers', 'dnsSearchDomains', 'extraHosts'].map((member) =>
    celForbidden(
      '.containerDefinitions',
      `!(${mode('awsvpc')}) || ${each(empty(member))}`,
      `${member} is not supported when networkMode=awsvpc`,
    ),
  ),
  celForbidden(
    '.proxyConfiguration',
    `!has(self.proxyConfiguration) || (${mode('awsvpc')})`,
    'only with networkMode awsvpc',
  ),
  celInvalid(
    '.proxyConfiguration',
    `!has(self.proxyConfiguration) || ${containers}.exists(c, c.name == self.proxyConfiguration.containerName)`,
    'there is no such container',
  ),
]

const eachDependency = (rule: string): string => each(`!has(c.dependsOn) || c.dependsOn.all(d, ${rule})`)
const references = [
  celInvalid(
    '.containerDefinitions',
    eachDependency(`${containers}.exists(o, o.name == d.containerName)`),
    "Cannot depend on container + '…' because it does not exist",
  ),
  celInvalid(
    '.containerDefinitions',
    eachDependency(
      `!(d.condition in ['SUCCESS', 'COMPLETE']) || !${containers}.exists(o, o.name == d.containerName && o.essential)`,
    ),
    'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container',
  ),
  celInvalid(
    '.containerDefinitions',
    eachDependency(
      `d.condition != 'HEALTHY' || !${containers}.exists(o, o.name == d.containerName && !has(o.healthCheck))`,
    ),
    'A dependency container with HEALTHY condition must have health check configured',
  ),
  celInvalid(
    '.containerDefinitions',
    each(`!has(c.volumesFrom) || c.volumesFrom.all(v, ${containers}.exists(o, o.name == v.sourceContainer))`),
    "there is no container '…' in the task definition",
  ),
  celInvalid(
    '.containerDefinitions',
    each(
      '!has(c.mountPoints) || c.mountPoints.all(m, has(self.volumes) && self.volumes.exists(v, v.name == m.sourceVolume))',
    ),
    "Unknown volume '…'",
  ),
]

const launchTypes = [
  celInvalid('.networkMode', `!(${fargate}) || (${mode('awsvpc')})`, "Fargate only supports network mode 'awsvpc'."),
  ...['cpu', 'memory'].map((member) =>
    celRequired(
      `.${member}`,
      `!(${fargate}) || has(self.${member})`,
      `Fargate requires that '${member}' be defined at the task level.`,
    ),
  ),
  celForbidden(
    '.containerDefinitions',
    `!(${fargate}) || ${each('!has(c.privileged) || !c.privileged')}`,
    'privileged is not supported on Fargate',
  ),
  celForbidden('.ipcMode', `!(${fargate}) || !has(self.ipcMode)`, 'not supported on Fargate'),
  celInvalid('.networkMode', `!(${external}) || !(${mode('awsvpc')})`, 'not supported with the EXTERNAL launch type'),
  celForbidden(
    '.proxyConfiguration',
    `!(${external}) || !has(self.proxyConfiguration)`,
    'not supported with the EXTERNAL launch type',
  ),
]

/** Of a task definition's spec. */
export const taskDefinitionCel = [
  celInvalid(
    '.containerDefinitions',
    `${containers}.exists(c, c.essential)`,
    'at least one container must be essential',
  ),
  ...sizes,
  ...ports,
  ...networking,
  ...references,
  ...launchTypes,
  celForbidden(
    '.volumes',
    '!has(self.volumes) || self.volumes.filter(v, has(v.configuredAtLaunch) && v.configuredAtLaunch).size() <= 1',
    'at most one volume may be configuredAtLaunch',
  ),
  celRequired(
    '.executionRoleArn',
    `has(self.executionRoleArn) || ${each(`(${empty('secrets')}) && (${empty('environmentFiles')}) && (!has(c.logConfiguration) || !has(c.logConfiguration.secretOptions) || size(c.logConfiguration.secretOptions) == 0)`)}`,
    "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
  ),
]
