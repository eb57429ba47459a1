/** A wrong and a right task definition for each rule in CEL. */
import { app, type Fields, fargate, healthCheck, one, ports, two, volumes, waitsFor } from '../task-definition-cases.ts'
import { type CelCase, immutable } from './case.ts'

const mode = (networkMode: string): Fields => ({ networkMode })
const external = { requiresCompatibilities: ['EXTERNAL'] }
const proxy = (containerName: string): Fields => ({ proxyConfiguration: { containerName }, ...mode('awsvpc') })
const unsized = { memory: undefined }
const port = { containerPort: 80 }

const sizes: readonly CelCase[] = [
  {
    rule: 'spec.containerDefinitions: at least one container must be essential',
    wrong: two({ essential: false }, { essential: false }),
    right: two({ essential: false }),
  },
  { rule: 'spec.cpu: It must be CPU units', wrong: one({}, { cpu: '1 core' }), right: one({}, { cpu: '.25 vcpu' }) },
  { rule: "spec.cpu: Invalid 'cpu' setting", wrong: one({}, { cpu: '127' }), right: one({}, { cpu: '128' }) },
  { rule: "spec.cpu: Invalid 'cpu' setting", wrong: one({}, { cpu: '196609' }), right: one({}, { cpu: '196608' }) },
  { rule: 'spec.memory: It must be MiB', wrong: one({}, { memory: '1 TB' }), right: one({}, { memory: '0.5 gb' }) },
  { rule: 'spec.memory: It must be MiB', wrong: one({}, { memory: '00' }), right: one({}, { memory: '0512' }) },
  {
    rule: "spec.memory: the containers' memory",
    wrong: two({}, {}, { memory: '127' }),
    right: two({}, {}, { memory: '128' }),
  },
  {
    rule: "spec.memory: the containers' memory",
    wrong: one({ ...unsized, memoryReservation: 129 }, { memory: '128' }),
    right: one({ ...unsized, memoryReservation: 128 }, { memory: '128' }),
  },
  {
    rule: "spec.containerDefinitions: Invalid setting for container '…'. At least one of",
    wrong: one(unsized),
    right: one(unsized, { memory: '512' }),
  },
  {
    rule: "spec.containerDefinitions: Invalid setting for container '…'. At least one of",
    wrong: one({ memory: 0 }),
    right: one({ memory: 0, memoryReservation: 8 }),
  },
  {
    rule: 'spec.containerDefinitions[].startTimeout',
    wrong: one({ startTimeout: 1 }),
    right: one({ startTimeout: 2 }),
  },
  { rule: 'spec.containerDefinitions[].stopTimeout', wrong: one({ stopTimeout: 1 }), right: one({ stopTimeout: 2 }) },
  {
    rule: 'spec.containerDefinitions[].memory: Invalid setting',
    wrong: one({ memoryReservation: 65 }),
    right: one({ memoryReservation: 64 }),
  },
  {
    rule: 'spec.containerDefinitions[].ulimits[].softLimit',
    wrong: one({ ulimits: [{ name: 'nofile', softLimit: 2, hardLimit: 1 }] }),
    right: one({ ulimits: [{ name: 'nofile', softLimit: 2, hardLimit: -1 }] }),
  },
  {
    rule: 'spec.containerDefinitions[].ulimits[].softLimit',
    wrong: one({ ulimits: [{ name: 'nofile', softLimit: -1, hardLimit: 1 }] }),
    right: one({ ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 1 }] }),
  },
]

const mappings = 'spec.containerDefinitions[].portMappings[]'
const portCases: readonly CelCase[] = [
  {
    rule: 'spec.containerDefinitions: not with networkMode none',
    wrong: one(ports(port), mode('none')),
    right: one(ports(), mode('none')),
  },
  {
    rule: 'spec.containerDefinitions: only with networkMode bridge',
    wrong: one(ports({ containerPortRange: '80-90' }), mode('host')),
    right: one(ports({ containerPortRange: '80-90' }), mode('awsvpc')),
  },
  {
    rule: 'spec.containerDefinitions: When networkMode',
    wrong: one(ports({ ...port, hostPort: 81 }), mode('host')),
    right: one(ports({ ...port, hostPort: 0 }), mode('host')),
  },
  {
    rule: 'spec.containerDefinitions: When networkMode',
    wrong: one(ports({ ...port, hostPort: 81 }), mode('awsvpc')),
    right: one(ports({ ...port, hostPort: 80 }), mode('awsvpc')),
  },
  { rule: `${mappings}.containerPort: containerPort or`, wrong: one(ports({})), right: one(ports(port)) },
  {
    rule: `${mappings}.containerPort: not with`,
    wrong: one(ports({ ...port, containerPortRange: '90-99' })),
    right: one(ports({ containerPortRange: '90-99' })),
  },
  {
    rule: `${mappings}.hostPort: not with`,
    wrong: one(ports({ hostPort: 80, containerPortRange: '90-99' })),
    right: one(ports({ ...port, hostPort: 80 })),
  },
  {
    rule: `${mappings}.containerPortRange: must go`,
    wrong: one(ports({ containerPortRange: '90-90' })),
    right: one(ports({ containerPortRange: '90-91' })),
  },
  {
    rule: `${mappings}.containerPortRange: must go`,
    wrong: one(ports({ containerPortRange: '65535-65536' })),
    right: one(ports({ containerPortRange: '1-65535' })),
  },
]

const networking: readonly CelCase[] = [
  {
    rule: 'spec.containerDefinitions: Links',
    wrong: two({ links: ['web'] }, {}, mode('host')),
    right: two({ links: ['web'] }, {}, mode('bridge')),
  },
  ...Object.entries({
    hostname: 'a',
    dnsServers: ['9.9.9.9'],
    dnsSearchDomains: ['a'],
    extraHosts: [{ hostname: 'a', ipAddress: '10.0.0.1' }],
  }).map(([member, value]) => ({
    rule: `spec.containerDefinitions: ${member} is not supported`,
    wrong: one({ [member]: value }, mode('awsvpc')),
    right: one({ [member]: value }, mode('bridge')),
  })),
  {
    rule: 'spec.proxyConfiguration: only with networkMode awsvpc',
    wrong: one({}, { ...proxy('app'), ...mode('bridge') }),
    right: one({}, proxy('app')),
  },
  { rule: 'spec.proxyConfiguration: there is no', wrong: one({}, proxy('envoy')), right: one({}, proxy('app')) },
  {
    rule: 'spec.proxyConfiguration: not supported with the EXTERNAL',
    also: 'spec.networkMode: not supported with the EXTERNAL launch type',
    wrong: one({}, { ...external, ...proxy('app') }),
    right: one({}, { requiresCompatibilities: ['EC2'], ...proxy('app') }),
  },
]

const mounts = (sourceVolume: string): Fields => ({ mountPoints: [{ sourceVolume, containerPath: '/v' }] })
const references: readonly CelCase[] = [
  {
    rule: 'spec.containerDefinitions: Cannot depend',
    wrong: two(waitsFor('db', 'START')),
    right: two(waitsFor('web', 'START')),
  },
  {
    rule: 'spec.containerDefinitions: A dependency container with SUCCESS',
    wrong: two(waitsFor('web', 'COMPLETE')),
    right: two(waitsFor('web', 'COMPLETE'), { essential: false }),
  },
  {
    rule: 'spec.containerDefinitions: A dependency container with HEALTHY',
    wrong: two(waitsFor('web', 'HEALTHY')),
    right: two(waitsFor('web', 'HEALTHY'), { healthCheck }),
  },
  {
    rule: "spec.containerDefinitions: there is no container '…'",
    wrong: two({ volumesFrom: [{ sourceContainer: 'db' }] }),
    right: two({ volumesFrom: [{ sourceContainer: 'web' }] }),
  },
  {
    rule: 'spec.containerDefinitions: Unknown volume',
    wrong: one(mounts('v')),
    right: one(mounts('v'), volumes({ name: 'v' })),
  },
  {
    rule: 'spec.containerDefinitions: Unknown volume',
    wrong: one(mounts('v'), volumes({ name: 'w' })),
    right: one(mounts('w'), volumes({ name: 'w' })),
  },
]

const launchTypes: readonly CelCase[] = [
  { rule: 'spec.networkMode: Fargate only', wrong: fargate({}, mode('bridge')), right: fargate() },
  { rule: "spec.cpu: Fargate requires that 'cpu'", wrong: fargate({}, { cpu: undefined }), right: fargate() },
  { rule: "spec.memory: Fargate requires that 'memory'", wrong: fargate({}, { memory: undefined }), right: fargate() },
  {
    rule: 'spec.containerDefinitions: privileged',
    wrong: fargate({ privileged: true }),
    right: fargate({ privileged: false }),
  },
  { rule: 'spec.ipcMode', wrong: fargate({}, { ipcMode: 'task' }), right: one({}, { ipcMode: 'task' }) },
  {
    rule: 'spec.networkMode: not supported with the EXTERNAL',
    wrong: one({}, { ...external, ...mode('awsvpc') }),
    right: one({}, { ...external, ...mode('host') }),
  },
  ...[
    { secrets: [{ name: 'A', valueFrom: 'a' }] },
    { environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::b/a.env' }] },
    { logConfiguration: { logDriver: 'fluentd', secretOptions: [{ name: 'a', valueFrom: 'a' }] } },
  ].map((container) => ({
    rule: 'spec.executionRoleArn: When you',
    wrong: one(container),
    right: one(container, { executionRoleArn: 'exec' }),
  })),
]

const efs = (over: Fields): Fields =>
  one({}, volumes({ name: 'v', efsVolumeConfiguration: { fileSystemId: 'fs-1', ...over } }))
const docker = { dockerVolumeConfiguration: {} }
const point = { authorizationConfig: { accessPointId: 'a' }, transitEncryption: 'ENABLED' }
const volumeCases: readonly CelCase[] = [
  {
    rule: 'spec.volumes: at most one volume',
    wrong: one({}, volumes({ name: 'v', configuredAtLaunch: true }, { name: 'w', configuredAtLaunch: true })),
    right: one({}, volumes({ name: 'v', configuredAtLaunch: true }, { name: 'w', configuredAtLaunch: false })),
  },
  {
    rule: 'spec.volumes[]: a volume is of one kind',
    wrong: one({}, volumes({ name: 'v', host: { sourcePath: '/v' }, ...docker })),
    right: one({}, volumes({ name: 'v', host: { sourcePath: '' }, ...docker })),
  },
  {
    rule: 'spec.volumes[].configuredAtLaunch',
    wrong: one({}, volumes({ name: 'v', configuredAtLaunch: true, ...docker })),
    right: one({}, volumes({ name: 'v', configuredAtLaunch: false, ...docker })),
  },
  {
    rule: 'spec.volumes[].dockerVolumeConfiguration.autoprovision',
    wrong: one({}, volumes({ name: 'v', dockerVolumeConfiguration: { autoprovision: true, scope: 'task' } })),
    right: one({}, volumes({ name: 'v', dockerVolumeConfiguration: { autoprovision: true, scope: 'shared' } })),
  },
  {
    rule: 'spec.volumes[].efsVolumeConfiguration.transitEncryption',
    wrong: efs({ ...point, transitEncryption: 'DISABLED' }),
    right: efs(point),
  },
  {
    rule: 'spec.volumes[].efsVolumeConfiguration.transitEncryption',
    wrong: efs({ authorizationConfig: { iam: 'ENABLED' } }),
    right: efs({ authorizationConfig: { iam: 'DISABLED' } }),
  },
  {
    rule: 'spec.volumes[].efsVolumeConfiguration.rootDirectory',
    wrong: efs({ ...point, rootDirectory: '/a' }),
    right: efs({ ...point, rootDirectory: '/' }),
  },
  {
    rule: 'spec.placementConstraints[].expression: memberOf',
    wrong: one({}, { placementConstraints: [{ type: 'memberOf' }] }),
    right: one({}, { placementConstraints: [{ type: 'memberOf', expression: 'attribute:a exists' }] }),
  },
]

export const taskDefinitionCases: readonly CelCase[] = [
  ...sizes,
  ...portCases,
  ...networking,
  ...references,
  ...launchTypes,
  ...volumeCases,
]

/** The same of what was registered, and that it stays. */
export const taskDefinitionRevisionCases: readonly CelCase[] = [
  ...taskDefinitionCases.map(({ rule, also, wrong, right }) => ({
    rule: rule.replace('spec.', 'spec.taskDefinition.'),
    ...(also === undefined ? {} : { also: also.replace('spec.', 'spec.taskDefinition.') }),
    wrong: { taskDefinition: wrong },
    right: { taskDefinition: right },
  })),
  ...immutable({
    family: ['web', 'shop'],
    revision: [1, 2],
    taskDefinition: [one(), { containerDefinitions: [app, { ...app, name: 'b' }] }],
  }),
  {
    rule: 'spec.desiredStatus: a revision that was deregistered stays so',
    old: { desiredStatus: 'INACTIVE' },
    wrong: { desiredStatus: 'ACTIVE' },
    right: { desiredStatus: 'INACTIVE' },
  },
  {
    rule: 'status.status: a revision that is',
    old: { status: { status: 'INACTIVE' } },
    wrong: { status: { status: 'ACTIVE' } },
    right: { status: { status: 'DELETE_IN_PROGRESS' } },
  },
]
