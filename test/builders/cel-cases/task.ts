/** A wrong and a right object for each rule in CEL of tasks, and of what a service leaves behind: revisions and deployments. */
import { hours as fullHours, milliTimestamp, parseTimestamp, plus } from '../../../lib/time.ts'
import { type CelCase, immutable, immutableOptional, setOnce } from './case.ts'
import { placement } from './service.ts'

const stays = immutable({ taskDefinition: ['web.1', 'web.2'] })
const optional = immutableOptional({
  group: ['service:a', 'service:b'],
  startedBy: ['a', 'b'],
  placementConstraints: [[{ type: 'distinctInstance' }], [{ type: 'memberOf', expression: 'attribute:a exists' }]],
  placementStrategy: [[{ type: 'random' }], []],
  overrides: [{ cpu: '256' }, { cpu: '512' }],
  launchType: ['EC2', 'EXTERNAL'],
  capacityProviderStrategy: [[{ capacityProvider: 'a' }], [{ capacityProvider: 'b' }]],
  platformVersion: ['1', '2'],
  networkConfiguration: [{}, { awsvpcConfiguration: { subnets: ['a'] } }],
  volumeConfigurations: [[{ name: 'v', managedEBSVolume: { roleArn: 'a' } }], []],
  containerImages: [[{ containerName: 'app', image: 'app:1', imageDigest: 'sha256:1' }], []],
  propagateTags: ['NONE', 'TASK_DEFINITION'],
  enableECSManagedTags: [false, true],
  enableExecuteCommand: [false, true],
  clientToken: ['a', 'b'],
  referenceId: ['a', 'b'],
})

const hours = (n: number) => ({
  since: '2026-01-01T00:00:00Z',
  expirationDate: milliTimestamp(plus(parseTimestamp('2026-01-01T00:00:00Z'), fullHours(n))),
})

export const taskCases: readonly CelCase[] = [
  {
    rule: 'spec.taskDefinition: must name',
    wrong: { taskDefinition: 'my web' },
    right: { taskDefinition: 'arn:aws:ecs:eu-west-1:1:task-definition/web:3' },
  },
  {
    rule: 'spec.capacityProviderStrategy: Specify either',
    wrong: { launchType: 'EC2', capacityProviderStrategy: [{ capacityProvider: 'a' }] },
    right: { launchType: 'EC2', capacityProviderStrategy: [] },
  },
  {
    rule: 'spec.stopCode: only together',
    wrong: { stopCode: 'UserInitiated' },
    right: { stopCode: 'UserInitiated', desiredStatus: 'STOPPED' },
  },
  {
    rule: 'spec.protection: only tasks of a service',
    wrong: { group: 'family:web', protection: hours(1) },
    right: { group: 'service:web', protection: hours(48) },
  },
  {
    rule: 'spec.protection.expirationDate: must be 1 to 2880',
    wrong: { group: 'service:web', protection: hours(49) },
    right: { group: 'service:web', protection: hours(1) },
  },
  { rule: 'spec.propagateTags: must be', wrong: { propagateTags: 'SERVICE' }, right: { propagateTags: 'NONE' } },
  {
    rule: 'spec.containerInstance: the task is bound',
    old: { containerInstance: 'one' },
    wrong: { containerInstance: 'two' },
    right: { containerInstance: 'one' },
  },
  {
    rule: 'spec.containerInstance: the task is bound',
    old: { containerInstance: 'one' },
    wrong: {},
    right: { containerInstance: 'one', desiredStatus: 'STOPPED' },
  },
  {
    rule: 'spec.desiredStatus: a task told to stop',
    old: { desiredStatus: 'STOPPED' },
    wrong: {},
    right: { desiredStatus: 'STOPPED', tags: [{ key: 'a', value: 'b' }] },
  },
  ...stays,
  ...optional,
  ...placement,
  {
    rule: 'status.lastStatus: the task is',
    old: { status: { lastStatus: 'RUNNING' } },
    wrong: { status: { lastStatus: 'PENDING' } },
    right: { status: { lastStatus: 'STOPPED' } },
  },
  {
    rule: 'status.lastStatus: the task is',
    old: { status: { lastStatus: 'PENDING' } },
    wrong: { status: {} },
    right: { status: { lastStatus: 'PENDING' } },
  },
  {
    rule: 'status.taskDefinition: field is immutable',
    old: { status: { taskDefinition: 'web.1' } },
    wrong: { status: { taskDefinition: 'web.2' } },
    right: { status: { taskDefinition: 'web.1', lastStatus: 'PENDING' } },
  },
  {
    rule: 'status.taskDefinition: field is immutable',
    old: { status: { taskDefinition: 'web.1' } },
    wrong: { status: {} },
    right: { status: { taskDefinition: 'web.1' } },
  },
]

export const serviceRevisionCases: readonly CelCase[] = immutable({
  service: ['web', 'shop'],
  revision: [1, 2],
  taskDefinition: ['web.1', 'web.2'],
  templateHash: ['a', 'b'],
}).map((one) => ({ ...one, right: { ...one.right, desiredCount: 9 } }))

export const serviceDeploymentCases: readonly CelCase[] = [
  ...immutable({
    service: ['web', 'shop'],
    deployment: [1, 2],
    targetServiceRevision: ['web-1', 'web-2'],
    sourceServiceRevisions: [['web-1'], []],
  }),
  {
    rule: 'spec.promotedThrough: may only grow',
    old: { promotedThrough: 2 },
    wrong: { promotedThrough: 1 },
    right: { promotedThrough: 3 },
  },
  {
    rule: 'spec.promotedThrough: may only grow',
    old: { promotedThrough: 1 },
    wrong: {},
    right: { promotedThrough: 1 },
  },
  {
    rule: 'spec.hookAnswers: an answer stays as it was given',
    old: { hookAnswers: [{ hookId: 'a', action: 'CONTINUE' }] },
    wrong: { hookAnswers: [{ hookId: 'a', action: 'ROLLBACK' }] },
    right: {
      hookAnswers: [
        { hookId: 'b', action: 'ROLLBACK' },
        { hookId: 'a', action: 'CONTINUE' },
      ],
    },
  },
  {
    rule: 'spec.hookAnswers: an answer stays as it was given',
    old: { hookAnswers: [{ hookId: 'a', action: 'CONTINUE' }] },
    wrong: {},
    right: { hookAnswers: [{ hookId: 'a', action: 'CONTINUE' }] },
  },
  ...setOnce({ stop: [{ type: 'ABORT' }, { type: 'ROLLBACK' }] }),
]
