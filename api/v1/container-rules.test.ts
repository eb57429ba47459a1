import { app, c0, c1, healthCheck, log, one, refused, two } from '../../test/builders/task-definition-cases.ts'

refused('containers', [
  {
    when: 'none',
    spec: { containerDefinitions: [] },
    path: 'spec.containerDefinitions',
    says: 'Container list cannot be empty.',
  },
  {
    when: 'eleven',
    spec: { containerDefinitions: Array.from({ length: 11 }, (_, i) => ({ ...app, name: `c${i}` })) },
    path: 'spec.containerDefinitions',
    says: 'Too many: 11: must have at most 10 items',
  },
  { when: 'one name twice', spec: two({}, { name: 'app' }), path: c1, says: 'Duplicate value: {"name":"app"}' },
  {
    when: 'none essential',
    spec: one({ essential: false }),
    path: 'spec.containerDefinitions',
    says: 'at least one container must be essential',
  },
  {
    when: 'no name',
    spec: { containerDefinitions: [{ image: 'a', memory: 4 }] },
    path: `${c0}.name`,
    says: 'Required value',
  },
  {
    when: 'a bad name',
    spec: one({ name: 'a b' }),
    path: `${c0}.name`,
    says: 'letters, digits, hyphens and underscores',
  },
  { when: 'no image', spec: one({ image: undefined }), path: `${c0}.image`, says: 'Required value' },
  {
    when: 'an empty image',
    spec: one({ image: '' }),
    path: `${c0}.image`,
    says: 'Container.image should not be null or empty.',
  },
  {
    when: 'an image with a space',
    spec: one({ image: 'my image' }),
    path: `${c0}.image`,
    says: 'must be repository:tag',
  },
  { when: 'a short digest', spec: one({ image: 'a@sha256:12' }), path: `${c0}.image`, says: '64 hex digits' },
  {
    when: 'an image of 256 characters',
    spec: one({ image: 'a'.repeat(256) }),
    path: `${c0}.image`,
    says: 'must be repository:tag',
  },
  {
    when: 'an unreplaced image',
    spec: one({ image: '<IMAGE>' }),
    path: `${c0}.image`,
    says: 'the placeholder <IMAGE> was not replaced',
  },
])

refused('memory and cpu', [
  {
    when: 'no memory at all',
    spec: one({ memory: undefined }),
    path: `${c0}.memory`,
    says: "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be specified.",
  },
  { when: 'memory 0', spec: one({ memory: 0 }), path: `${c0}.memory`, says: 'At least one of' },
  {
    when: 'a reservation above the limit',
    spec: one({ memoryReservation: 128 }),
    path: `${c0}.memory`,
    says: "at least 'memoryReservation' (128)",
  },
  {
    when: 'containers above the task',
    spec: one({ memory: 600 }, { memory: '512' }),
    path: 'spec.memory',
    says: "(600 MiB) must not exceed the task's (512 MiB)",
  },
  {
    when: 'cpu that is no amount',
    spec: one({}, { cpu: 'lots' }),
    path: 'spec.cpu',
    says: "Invalid 'cpu' setting for task.",
  },
  { when: 'too little cpu', spec: one({}, { cpu: '64' }), path: 'spec.cpu', says: '128 to 196608' },
  {
    when: 'memory that is no amount',
    spec: one({}, { memory: '1 TB' }),
    path: 'spec.memory',
    says: "Invalid 'memory' setting for task.",
  },
  { when: 'cpu as a number', spec: one({}, { cpu: 256 }), path: 'spec.cpu', says: 'must be of type string: "integer"' },
])

refused('one container', [
  {
    when: 'startTimeout 1',
    spec: one({ startTimeout: 1 }),
    path: `${c0}.startTimeout`,
    says: "Granular start timeout on container 'app' must be at least 2 seconds.",
  },
  {
    when: 'a restart too soon',
    spec: one({ restartPolicy: { enabled: true, restartAttemptPeriod: 59 } }),
    path: `${c0}.restartPolicy.restartAttemptPeriod`,
    says: '60',
  },
  {
    when: 'a restart too late',
    spec: one({ restartPolicy: { enabled: true, restartAttemptPeriod: 1801 } }),
    path: `${c0}.restartPolicy.restartAttemptPeriod`,
    says: '1800',
  },
  {
    when: 'more exit codes to ignore than 50',
    spec: one({ restartPolicy: { enabled: true, ignoredExitCodes: Array.from({ length: 51 }, (_, n) => n) } }),
    path: `${c0}.restartPolicy.ignoredExitCodes`,
    says: '50',
  },
  {
    when: 'stopTimeout 1',
    spec: one({ stopTimeout: 1 }),
    path: `${c0}.stopTimeout`,
    says: "Granular stop timeout on container 'app' must be at least 2 seconds.",
  },
  {
    when: 'a health check too often',
    spec: one({ healthCheck: { ...healthCheck, interval: 1 } }),
    path: `${c0}.healthCheck.interval`,
    says: 'greater than or equal to 5',
  },
  {
    when: 'a host name in awsvpc',
    spec: one({ hostname: 'h' }, { networkMode: 'awsvpc' }),
    path: `${c0}.hostname`,
    says: 'networkMode=awsvpc',
  },
  {
    when: 'an unknown log driver',
    spec: one(log('loki')),
    path: `${c0}.logConfiguration.logDriver`,
    says: 'supported values: "json-file"',
  },
  {
    when: 'awslogs without options',
    spec: one(log('awslogs', { 'awslogs-group': 'g' })),
    path: `${c0}.logConfiguration.options`,
    says: 'Log driver awslogs requires options: awslogs-region, awslogs-group (missing: awslogs-region)',
  },
  {
    when: 'a kernel parameter of no namespace',
    spec: one({ systemControls: [{ namespace: 'vm.swappiness', value: '1' }] }),
    path: `${c0}.systemControls[0].namespace`,
    says: 'must be net.*',
  },
  {
    when: 'net.* in host mode',
    spec: one({ systemControls: [{ namespace: 'net.core.somaxconn', value: '1' }] }, { networkMode: 'host' }),
    path: `${c0}.systemControls[0].namespace`,
    says: 'networkMode=host',
  },
  {
    when: 'IPC parameters with ipcMode host',
    spec: one({ systemControls: [{ namespace: 'kernel.shmmax', value: '1' }] }, { ipcMode: 'host' }),
    path: `${c0}.systemControls[0].namespace`,
    says: 'ipcMode=host',
  },
  {
    when: 'a soft limit above the hard one',
    spec: one({ ulimits: [{ name: 'nofile', softLimit: 2, hardLimit: 1 }] }),
    path: `${c0}.ulimits[0].softLimit`,
    says: 'at most hardLimit (1)',
  },
  {
    when: 'an unknown limit',
    spec: one({ ulimits: [{ name: 'files', softLimit: 1, hardLimit: 1 }] }),
    path: `${c0}.ulimits[0].name`,
    says: 'supported values: "core"',
  },
  {
    when: 'a secret named as a variable',
    spec: one({ environment: [{ name: 'A' }], secrets: [{ name: 'A', valueFrom: 'a' }] }, { executionRoleArn: 'x' }),
    path: `${c0}.secrets[0].name`,
    says: 'not shared with any new or existing environment variables',
  },
  {
    when: 'a secret twice',
    spec: one(
      {
        secrets: [
          { name: 'A', valueFrom: 'a' },
          { name: 'A', valueFrom: 'b' },
        ],
      },
      { executionRoleArn: 'x' },
    ),
    path: `${c0}.secrets[1]`,
    says: 'Duplicate value: {"name":"A"}',
  },
])
