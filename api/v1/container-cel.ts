/**
 * The rules of one container, of its ports, limits and of volumes, in CEL: as container-, port- and volume-rules.ts have them. What they say names
 * no numbers: a kube-apiserver takes a number made a text for as long as a text can be.
 */
import { celForbidden, celInvalid, celRequired } from '../meta/cel.ts'

const timeout = (member: string, word: string) =>
  celInvalid(
    `.${member}`,
    `!has(self.${member}) || self.${member} >= 2`,
    `Granular ${word} timeout on container '…' must be at least 2 seconds.`,
    `"Granular ${word} timeout on container '" + self.name + "' must be at least 2 seconds."`,
  )

/** Of a container definition. */
export const containerCel = [
  timeout('startTimeout', 'start'),
  timeout('stopTimeout', 'stop'),
  celInvalid(
    '.memory',
    '!has(self.memory) || !has(self.memoryReservation) || self.memory == 0 || self.memory >= self.memoryReservation',
    "Invalid setting for container '…'. 'memory' must be at least 'memoryReservation'",
    `"Invalid setting for container '" + self.name + "'. 'memory' must be at least 'memoryReservation'"`,
  ),
]

/** Of a resource limit. */
export const ulimitCel = [
  celInvalid(
    '.softLimit',
    'self.hardLimit == -1 || (self.softLimit != -1 && self.softLimit <= self.hardLimit)',
    'must be at most hardLimit',
  ),
]

const notWithRange = (member: string) =>
  celForbidden(`.${member}`, `!has(self.containerPortRange) || !has(self.${member})`, 'not with containerPortRange')
const first = "int(self.containerPortRange.split('-')[0])"
const last = "int(self.containerPortRange.split('-')[1])"

/** Of a port mapping. */
export const portMappingCel = [
  celRequired(
    '.containerPort',
    'has(self.containerPort) || has(self.containerPortRange)',
    'containerPort or containerPortRange must be set',
  ),
  notWithRange('containerPort'),
  notWithRange('hostPort'),
  celInvalid(
    '.containerPortRange',
    `!has(self.containerPortRange) || (${first} >= 1 && ${first} < ${last} && ${last} <= 65535)`,
    'must go from a lower to a higher port within 1-65535',
  ),
]

/** What a volume is said to be: a truth for each kind of volume. */
const volumeIs = [
  "has(self.host) && has(self.host.sourcePath) && self.host.sourcePath != ''",
  'has(self.dockerVolumeConfiguration)',
  'has(self.efsVolumeConfiguration)',
  'has(self.s3filesVolumeConfiguration)',
  'has(self.fsxWindowsFileServerVolumeConfiguration)',
].join(', ')

/** Of a volume. */
export const volumeCel = [
  celForbidden('', `[${volumeIs}].filter(is, is).size() <= 1`, 'a volume is of one kind, not of …'),
  celForbidden(
    '.configuredAtLaunch',
    `!has(self.configuredAtLaunch) || !self.configuredAtLaunch || ![${volumeIs}].exists(is, is)`,
    'not together with …',
  ),
]

/** Of a volume of the Docker engine. */
export const dockerVolumeCel = [
  celInvalid(
    '.autoprovision',
    "!has(self.autoprovision) || !self.autoprovision || (has(self.scope) && self.scope == 'shared')",
    'only with scope shared',
  ),
]

/** Of an EFS volume. */
export const efsVolumeCel = [
  celInvalid(
    '.transitEncryption',
    "!has(self.authorizationConfig) || !(has(self.authorizationConfig.accessPointId) || (has(self.authorizationConfig.iam) && self.authorizationConfig.iam == 'ENABLED')) || (has(self.transitEncryption) && self.transitEncryption == 'ENABLED')",
    'must be ENABLED when authorizationConfig has an access point or IAM',
  ),
  celInvalid(
    '.rootDirectory',
    "!has(self.authorizationConfig) || !has(self.authorizationConfig.accessPointId) || !has(self.rootDirectory) || self.rootDirectory == '/'",
    'must be left out or `/` when an EFS access point is used',
  ),
]
