import { describe, expect, it } from 'vitest'
import { Fault } from '../../lib/errors.ts'
import { disagreements } from '../../test/builders/cel.ts'
import type { Kind } from '../meta/kind.ts'
import { parseObject } from '../meta/parse.ts'
import { Service } from './service.ts'

type Fields = Readonly<Record<string, unknown>>
const sent = (over: Fields): unknown => ({
  apiVersion: 'gantry.dev/v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { taskDefinition: 'web', desiredCount: 2, ...over },
})
const read = (over: Fields): Service => parseObject(Service, sent(over), { unknown: 'strict' }).object
const daemon = (over: Fields = {}): Fields => ({ schedulingStrategy: 'DAEMON', desiredCount: undefined, ...over })
const deploy = (deploymentConfiguration: Fields): Fields => ({ deploymentConfiguration })
const breaker = { enable: true, rollback: true }
const balancer = { containerName: 'app', containerPort: 80 }

function problemsOf(over: Fields): string[] {
  try {
    expect(disagreements(Service as unknown as Kind, read(over))).toEqual([])
    return Service.validate(read(over), undefined).map(({ path, message }) => `${path}: ${message}`)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return error.problems.filter(({ path }) => path !== '<nil>').map(({ path, message }) => `${path}: ${message}`)
  }
}

describe('refused (ecs-core 5.1, 5.5)', () => {
  it.each([
    { when: 'no task definition', spec: { taskDefinition: undefined }, path: 'taskDefinition', says: 'Required value' },
    {
      when: 'an empty task definition',
      spec: { taskDefinition: '' },
      path: 'taskDefinition',
      says: 'must name a task definition',
    },
    {
      when: 'a task definition that is none',
      spec: { taskDefinition: 'my web' },
      path: 'taskDefinition',
      says: 'FAMILY:REVISION',
    },
    {
      when: 'an unreplaced task definition',
      spec: { taskDefinition: '<TASK_DEFINITION>' },
      path: 'taskDefinition',
      says: 'the placeholder <TASK_DEFINITION>',
    },
    {
      when: 'an unreplaced cluster',
      spec: { cluster: '{{ cluster }}' },
      path: 'cluster',
      says: 'the placeholder {{ cluster }}',
    },
    {
      when: 'no desired count',
      spec: { desiredCount: undefined },
      path: 'desiredCount',
      says: 'REPLICA scheduling strategy needs',
    },
    {
      when: 'a negative desired count',
      spec: { desiredCount: -1 },
      path: 'desiredCount',
      says: 'greater than or equal to 0',
    },
    {
      when: 'more tasks than ECS has for a service (8.1)',
      spec: { desiredCount: 5001 },
      path: 'desiredCount',
      says: '5000',
    },
    {
      when: 'a daemon with a desired count',
      spec: daemon({ desiredCount: 1 }),
      path: 'desiredCount',
      says: 'The daemon scheduling strategy does not support a desired count',
    },
    { when: 'a daemon on Fargate', spec: daemon({ launchType: 'FARGATE' }), path: 'launchType', says: 'DAEMON' },
    {
      when: 'a daemon by CodeDeploy',
      spec: daemon({ deploymentController: { type: 'CODE_DEPLOY' } }),
      path: 'deploymentController.type',
      says: 'DAEMON',
    },
    {
      when: 'a daemon with a strategy',
      spec: daemon({ placementStrategy: [{ type: 'random' }] }),
      path: 'placementStrategy',
      says: 'DAEMON',
    },
    {
      when: 'a daemon over 100 percent',
      spec: daemon(deploy({ maximumPercent: 150 })),
      path: 'deploymentConfiguration.maximumPercent',
      says: 'must be 100',
    },
    {
      when: 'both percents 100',
      spec: deploy({ minimumHealthyPercent: 100, maximumPercent: 100 }),
      path: 'deploymentConfiguration.maximumPercent',
      says: 'Both maximumPercent and minimumHealthyPercent cannot be 100',
    },
    {
      when: 'maximum 100 with the default minimum',
      spec: deploy({ maximumPercent: 100 }),
      path: 'deploymentConfiguration.maximumPercent',
      says: 'cannot be 100',
    },
    {
      when: 'a minimum over 100',
      spec: deploy({ minimumHealthyPercent: 140 }),
      path: 'deploymentConfiguration.minimumHealthyPercent',
      says: 'less than or equal to 100',
    },
    {
      when: 'launch type and providers',
      spec: { launchType: 'EC2', capacityProviderStrategy: [{ capacityProvider: 'a' }] },
      path: 'capacityProviderStrategy',
      says: 'Specify either Launch Type or Capacity Provider Strategy, but not both.',
    },
    {
      when: 'an empty launch type',
      spec: { launchType: '' },
      path: 'launchType',
      says: 'supported values: "EC2", "FARGATE"',
    },
    {
      when: 'two bases',
      spec: {
        capacityProviderStrategy: [
          { capacityProvider: 'a', base: 1, weight: 1 },
          { capacityProvider: 'b', base: 1 },
        ],
      },
      path: 'capacityProviderStrategy',
      says: 'one item can have a base',
    },
    {
      when: 'no weight at all',
      spec: { capacityProviderStrategy: [{ capacityProvider: 'a' }, { capacityProvider: 'b' }] },
      path: 'capacityProviderStrategy',
      says: 'weight above 0',
    },
    {
      when: 'Fargate among others',
      spec: { capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }, { capacityProvider: 'b' }] },
      path: 'capacityProviderStrategy',
      says: 'cannot be mixed',
    },
    {
      when: 'a provider twice',
      spec: { capacityProviderStrategy: [{ capacityProvider: 'a', weight: 1 }, { capacityProvider: 'a' }] },
      path: 'capacityProviderStrategy[1]',
      says: 'Duplicate value: {"capacityProvider":"a"}',
    },
    {
      when: 'a circuit breaker with CodeDeploy',
      spec: { deploymentController: { type: 'CODE_DEPLOY' }, ...deploy({ deploymentCircuitBreaker: breaker }) },
      path: 'deploymentConfiguration.deploymentCircuitBreaker',
      says: 'CODE_DEPLOY',
    },
    {
      when: 'alarms with EXTERNAL',
      spec: { deploymentController: { type: 'EXTERNAL' }, ...deploy({ alarms: { ...breaker, alarmNames: [] } }) },
      path: 'deploymentConfiguration.alarms',
      says: 'EXTERNAL',
    },
    {
      when: 'a percent of 120',
      spec: deploy({
        deploymentCircuitBreaker: { ...breaker, thresholdConfiguration: { type: 'BOUNDED_PERCENT', value: 120 } },
      }),
      path: 'deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration.value',
      says: '1 to 100',
    },
    {
      when: 'steps without LINEAR',
      spec: deploy({ linearConfiguration: { stepPercent: 10 } }),
      path: 'deploymentConfiguration.linearConfiguration',
      says: 'only with strategy LINEAR',
    },
    {
      when: 'a canary without CANARY',
      spec: deploy({ canaryConfiguration: {} }),
      path: 'deploymentConfiguration.canaryConfiguration',
      says: 'only with strategy CANARY',
    },
    {
      when: 'a hook that asks nobody',
      spec: deploy({ lifecycleHooks: [{ lifecycleStages: ['PRE_SCALE_UP'] }] }),
      path: 'deploymentConfiguration.lifecycleHooks[0].hookTargetArn',
      says: 'needs the function',
    },
    {
      when: 'a hook at no stage',
      spec: deploy({ lifecycleHooks: [{ targetType: 'PAUSE' }] }),
      path: 'deploymentConfiguration.lifecycleHooks[0].lifecycleStages',
      says: 'needs a stage',
    },
    {
      when: 'a task hook without a task',
      spec: deploy({ lifecycleHooks: [{ targetType: 'TASK', lifecycleStages: ['PRE_SCALE_UP'] }] }),
      path: 'deploymentConfiguration.lifecycleHooks[0].hookDetails',
      says: 'needs a taskDefinition',
    },
    {
      when: 'a task hook with a wrong member',
      spec: deploy({
        lifecycleHooks: [
          {
            targetType: 'TASK',
            lifecycleStages: ['PRE_SCALE_UP'],
            hookDetails: { taskDefinition: 'migrate', retries: 11 },
          },
        ],
      }),
      path: 'deploymentConfiguration.lifecycleHooks[0].hookDetails.retries',
      says: '10',
    },
    {
      when: 'a task hook with a wrong override',
      spec: deploy({
        lifecycleHooks: [
          {
            targetType: 'TASK',
            lifecycleStages: ['PRE_SCALE_UP'],
            hookDetails: { taskDefinition: 'migrate', overrides: { cpu: 'much' } },
          },
        ],
      }),
      path: 'deploymentConfiguration.lifecycleHooks[0].hookDetails.overrides.cpu',
      says: 'must be CPU units',
    },
    {
      when: 'a pause while traffic moves',
      spec: deploy({ lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['TEST_TRAFFIC_SHIFT'] }] }),
      path: 'deploymentConfiguration.lifecycleHooks[0].lifecycleStages[0]',
      says: 'not for PAUSE',
    },
    {
      when: 'a balancer without a container',
      spec: { loadBalancers: [{ targetGroupArn: 'a', containerPort: 80 }] },
      path: 'loadBalancers[0].containerName',
      says: 'Required value',
    },
    {
      when: 'two classic balancers',
      spec: {
        loadBalancers: [
          { ...balancer, loadBalancerName: 'a' },
          { ...balancer, loadBalancerName: 'b' },
        ],
      },
      path: 'loadBalancers',
      says: 'at most 1 classic',
    },
    {
      when: 'a classic balancer and a group',
      spec: {
        loadBalancers: [
          { ...balancer, loadBalancerName: 'a' },
          { ...balancer, targetGroupArn: 'b' },
        ],
      },
      path: 'loadBalancers',
      says: 'cannot be used together',
    },
    {
      when: 'six target groups',
      spec: { loadBalancers: Array.from({ length: 6 }, (_, i) => ({ ...balancer, targetGroupArn: `g${i}` })) },
      path: 'loadBalancers',
      says: 'at most 5',
    },
    {
      when: 'a role without a balancer',
      spec: { role: 'ecs' },
      path: 'role',
      says: 'only with a load balancer',
    },
    {
      when: 'a role with awsvpc',
      spec: {
        role: 'ecs',
        loadBalancers: [{ ...balancer, targetGroupArn: 'a' }],
        networkConfiguration: { awsvpcConfiguration: { subnets: [] } },
      },
      path: 'role',
      says: 'You cannot specify an IAM role for services that require a service linked role',
    },
    {
      when: 'zones evened out while packing',
      spec: { availabilityZoneRebalancing: 'ENABLED', placementStrategy: [{ type: 'binpack', field: 'cpu' }] },
      path: 'availabilityZoneRebalancing',
      says: 'first placement strategy',
    },
    {
      when: 'zones evened out behind a classic balancer',
      spec: { availabilityZoneRebalancing: 'ENABLED', loadBalancers: [{ ...balancer, loadBalancerName: 'a' }] },
      path: 'availabilityZoneRebalancing',
      says: 'classic',
    },
    {
      when: 'zones evened out with a maximum that leaves no room',
      spec: {
        availabilityZoneRebalancing: 'ENABLED',
        deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 },
      },
      path: 'availabilityZoneRebalancing',
      says: 'maximumPercent 100',
    },
    {
      when: 'zones evened out that a constraint is about',
      spec: {
        availabilityZoneRebalancing: 'ENABLED',
        placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.availability-zone in [a, b]' }],
      },
      path: 'availabilityZoneRebalancing',
      says: 'placement constraint by attribute:ecs.availability-zone',
    },
    {
      when: 'two registries',
      spec: { serviceRegistries: [{ registryArn: 'a' }, { registryArn: 'b' }] },
      path: 'serviceRegistries',
      says: 'Too many: 2',
    },
    {
      when: 'EXTERNAL behind a balancer',
      spec: { launchType: 'EXTERNAL', loadBalancers: [{ ...balancer, targetGroupArn: 'a' }] },
      path: 'loadBalancers',
      says: 'EXTERNAL launch type',
    },
    {
      when: 'placement on Fargate',
      spec: { launchType: 'FARGATE', placementStrategy: [{ type: 'random' }] },
      path: 'placementStrategy',
      says: 'not supported on Fargate',
    },
    {
      when: 'distinctInstance with an expression',
      spec: { placementConstraints: [{ type: 'distinctInstance', expression: 'x' }] },
      path: 'placementConstraints[0].expression',
      says: 'has no expression',
    },
    {
      when: 'a spread over nothing',
      spec: { placementStrategy: [{ type: 'spread', field: 'zone' }] },
      path: 'placementStrategy[0].field',
      says: 'instanceId, host or attribute:NAME',
    },
    {
      when: 'a pack by nothing',
      spec: { placementStrategy: [{ type: 'binpack' }] },
      path: 'placementStrategy[0].field',
      says: 'cpu or memory',
    },
    {
      when: 'six strategies',
      spec: { placementStrategy: Array.from({ length: 6 }, () => ({ type: 'random' })) },
      path: 'placementStrategy',
      says: 'at most 5',
    },
    {
      when: 'proxy logs without options',
      spec: { serviceConnectConfiguration: { enabled: true, logConfiguration: { logDriver: 'awslogs' } } },
      path: 'serviceConnectConfiguration.logConfiguration.options',
      says: 'awslogs-region, awslogs-group',
    },
    { when: 'an unknown field', spec: { desiredcount: 1 }, path: 'desiredcount', says: 'did you mean "desiredCount"?' },
    {
      when: 'a field of the deployment configuration',
      spec: { minReadySeconds: 10 },
      path: 'minReadySeconds',
      says: 'it belongs under spec.deploymentConfiguration',
    },
    {
      when: 'a field of the circuit breaker',
      spec: { rollback: true },
      path: 'rollback',
      says: 'it belongs under spec.deploymentConfiguration.deploymentCircuitBreaker',
    },
  ])('$when', ({ spec, path, says }) => {
    const problems = problemsOf(spec)
    expect(problems).toHaveLength(1)
    expect(problems[0]?.startsWith(`spec.${path}: `), problems[0]).toBe(true)
    expect(problems[0]).toContain(says)
  })

  it.each([
    { when: 'DescribeServices', spec: { services: [], failures: [] }, path: 'spec.services' },
    { when: 'CreateService', spec: { service: { serviceName: 'web' } }, path: 'spec.service' },
    { when: 'a list', spec: [{ taskDefinition: 'web' }], path: 'spec' },
  ])('the output of $when', ({ spec, path }) => {
    const raw = { ...(sent({}) as Fields), spec }
    expect(() => parseObject(Service, raw, { unknown: 'strict' })).toThrow(new RegExp(`is invalid: ${path}: `))
  })
})

describe('accepted', () => {
  it.each([
    { when: 'zero tasks', spec: { desiredCount: 0 } },
    { when: 'as many as ECS has for a service (8.1)', spec: { desiredCount: 5000 } },
    { when: 'a pinned revision', spec: { taskDefinition: 'web:3' } },
    { when: 'an ARN', spec: { taskDefinition: 'arn:aws:ecs:eu-west-1:111111111111:task-definition/Web_App:7' } },
    { when: 'a daemon', spec: daemon() },
    { when: 'a daemon from 0 to 100 percent', spec: daemon(deploy({ minimumHealthyPercent: 0, maximumPercent: 100 })) },
    { when: 'stop before start', spec: deploy({ minimumHealthyPercent: 0, maximumPercent: 100 }) },
    {
      when: 'both percents 100 with CodeDeploy, which does not use them',
      spec: {
        deploymentController: { type: 'CODE_DEPLOY' },
        ...deploy({ minimumHealthyPercent: 100, maximumPercent: 100 }),
      },
    },
    {
      when: 'a breaker that is off with CodeDeploy',
      spec: {
        deploymentController: { type: 'CODE_DEPLOY' },
        ...deploy({ deploymentCircuitBreaker: { enable: false, rollback: false } }),
      },
    },
    { when: 'a canary', spec: deploy({ strategy: 'CANARY', canaryConfiguration: { canaryPercent: 0.5 } }) },
    {
      when: 'a pause',
      spec: deploy({ lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['POST_SCALE_UP'] }] }),
    },
    {
      when: 'spread and pack',
      spec: {
        placementStrategy: [
          { type: 'spread', field: 'attribute:ecs.availability-zone' },
          { type: 'binpack', field: 'memory' },
        ],
      },
    },
  ])('$when', ({ spec }) => {
    expect(problemsOf(spec)).toEqual([])
  })
})

describe('once it exists', () => {
  it('the scheduling strategy stays', () => {
    const problems = Service.validate(read(daemon()), read({}))
    expect(problems.map(({ path }) => path)).toEqual(['spec.schedulingStrategy'])
  })
  it('a spec is judged when it changes, not when only the status does', () => {
    const bad = { ...read({}), spec: { ...read({}).spec, desiredCount: undefined } }
    expect(Service.validate(bad, bad)).toEqual([])
    expect(Service.validate(bad, read({}))).toHaveLength(1)
  })
})

describe('warnings', () => {
  it.each([
    { when: 'nothing to say', spec: {}, want: [] },
    { when: 'names that agree', spec: { serviceName: 'WEB', cluster: 'arn:aws:ecs:x:1:cluster/default' }, want: [] },
    {
      when: 'another name',
      spec: { serviceName: 'shop' },
      want: [/^spec\.serviceName: "shop" is ignored, the service is called web$/],
    },
    {
      when: 'another cluster',
      spec: { cluster: 'prod' },
      want: [/^spec\.cluster: "prod" is ignored, the service is in the cluster default$/],
    },
    {
      when: 'a balancer without a target',
      spec: { loadBalancers: [balancer] },
      want: [/names neither a target group/, /^spec\.loadBalancers: accepted, but not supported yet/],
    },
    {
      when: 'members without effect',
      spec: { launchType: 'FARGATE', platformVersion: 'LATEST', clientToken: 'r' },
      want: [/^spec\.launchType: accepted/, /^spec\.platformVersion: accepted/, /^spec\.clientToken: accepted/],
    },
    {
      when: 'members that ask for nothing',
      spec: {
        launchType: 'EC2',
        loadBalancers: [],
        enableExecuteCommand: false,
        ...deploy({ deploymentCircuitBreaker: { enable: false, rollback: false } }),
      },
      want: [],
    },
  ])('$when', ({ spec, want }) => {
    expect(Service.warnings(read(spec))).toEqual(want.map((text) => expect.stringMatching(text)))
  })
})
