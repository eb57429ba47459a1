import { c0, fargate, log, one, refused, volumes } from '../../test/builders/task-definition-cases.ts'

refused('Fargate', [
  {
    when: 'bridge',
    spec: fargate({}, { networkMode: 'bridge' }),
    path: 'spec.networkMode',
    says: "Fargate only supports network mode 'awsvpc'.",
  },
  {
    when: 'no cpu',
    spec: fargate({}, { cpu: undefined }),
    path: 'spec.cpu',
    says: "Fargate requires that 'cpu' be defined at the task level.",
  },
  {
    when: 'no memory',
    spec: fargate({}, { memory: undefined }),
    path: 'spec.memory',
    says: "Fargate requires that 'memory' be defined at the task level.",
  },
  {
    when: 'no such size',
    spec: fargate({}, { memory: '4096' }),
    path: 'spec.cpu',
    says: 'memory must be 512 or 1024 to 2048 MiB in steps of 1024',
  },
  { when: 'no such cpu', spec: fargate({}, { cpu: '300' }), path: 'spec.cpu', says: 'cpu must be one of 256, 512' },
  {
    when: 'Windows too small',
    spec: fargate({}, { runtimePlatform: { operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' } }),
    path: 'spec.cpu',
    says: 'one of 1024, 2048, 4096',
  },
  {
    when: 'containers above the task cpu',
    spec: fargate({ cpu: 512 }),
    path: 'spec.cpu',
    says: '(512) must not exceed',
  },
  {
    when: 'privileged',
    spec: fargate({ privileged: true }),
    path: `${c0}.privileged`,
    says: 'not supported on Fargate',
  },
  {
    when: 'a capability',
    spec: fargate({ linuxParameters: { capabilities: { add: ['NET_ADMIN'] } } }),
    path: `${c0}.linuxParameters.capabilities.add[0]`,
    says: 'only SYS_PTRACE',
  },
  {
    when: 'devices',
    spec: fargate({ linuxParameters: { devices: [{ hostPath: '/dev/x' }] } }),
    path: `${c0}.linuxParameters.devices`,
    says: 'not supported on Fargate',
  },
  {
    when: 'a GPU',
    spec: fargate({ resourceRequirements: [{ type: 'GPU', value: '1' }] }),
    path: `${c0}.resourceRequirements[0]`,
    says: 'GPU',
  },
  {
    when: 'another log driver',
    spec: fargate(log('syslog')),
    path: `${c0}.logConfiguration.logDriver`,
    says: 'syslog is not a valid log driver. Must be one of [awslogs, splunk, awsfirelens]',
  },
  {
    when: 'logs without a role',
    spec: fargate(log('awslogs', { 'awslogs-group': 'g', 'awslogs-region': 'r', 'awslogs-stream-prefix': 'p' }), {
      executionRoleArn: undefined,
    }),
    path: 'spec.executionRoleArn',
    says: 'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
  },
  {
    when: 'logs without a prefix',
    spec: fargate(log('awslogs', { 'awslogs-group': 'g', 'awslogs-region': 'r' })),
    path: `${c0}.logConfiguration.options`,
    says: 'awslogs-stream-prefix',
  },
  {
    when: 'a long stop',
    spec: fargate({ stopTimeout: 121 }),
    path: `${c0}.stopTimeout`,
    says: 'stop timeout of less than 120 seconds',
  },
  {
    when: 'a host path',
    spec: fargate({}, volumes({ name: 'v', host: { sourcePath: '/v' } })),
    path: 'spec.volumes[0].host.sourcePath',
    says: 'not supported on Fargate',
  },
  {
    when: 'a Docker volume',
    spec: fargate({}, volumes({ name: 'v', dockerVolumeConfiguration: {} })),
    path: 'spec.volumes[0].dockerVolumeConfiguration',
    says: 'not supported on Fargate',
  },
  {
    when: 'pidMode host',
    spec: fargate({}, { pidMode: 'host' }),
    path: 'spec.pidMode',
    says: "The supported value for pidMode is 'task'.",
  },
  {
    when: 'a placement constraint',
    spec: fargate({}, { placementConstraints: [{ type: 'memberOf', expression: 'attribute:a exists' }] }),
    path: 'spec.placementConstraints',
    says: 'not supported on Fargate',
  },
])

refused('EXTERNAL', [
  {
    when: 'awsvpc',
    spec: one({}, { requiresCompatibilities: ['EXTERNAL'], networkMode: 'awsvpc' }),
    path: 'spec.networkMode',
    says: 'not supported with the EXTERNAL launch type',
  },
])
