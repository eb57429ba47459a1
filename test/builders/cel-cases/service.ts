/** A wrong and a right service for each rule in CEL. */
import type { CelCase, Fields } from './case.ts'

const daemon = (over: Fields = {}): Fields => ({ schedulingStrategy: 'DAEMON', desiredCount: undefined, ...over })
const deploy = (deploymentConfiguration: Fields, over: Fields = {}): Fields => ({ deploymentConfiguration, ...over })
const by = (type: string): Fields => ({ deploymentController: { type } })
const providers = (...items: readonly Fields[]): Fields => ({ capacityProviderStrategy: items })
const hooks = (...lifecycleHooks: readonly Fields[]): Fields => deploy({ lifecycleHooks })
const hook = { hookTargetArn: 'arn:aws:lambda:x:1:function:ask', lifecycleStages: ['PRE_SCALE_UP'] }
const balancers = (...over: readonly Fields[]): Fields => ({
  loadBalancers: over.map((one) => ({ containerName: 'app', containerPort: 80, ...one })),
})
const classic = { loadBalancerName: 'a' }
const group = { targetGroupArn: 'a' }
const awsvpc = { networkConfiguration: { awsvpcConfiguration: { subnets: [] } } }
const packed = { placementStrategy: [{ type: 'binpack', field: 'cpu' }] }
const byZone = { placementStrategy: [{ type: 'spread', field: 'attribute:ecs.availability-zone' }] }
const distinct = { placementConstraints: [{ type: 'distinctInstance' }] }
const breaker = (over: Fields = {}): Fields => ({
  deploymentCircuitBreaker: { enable: true, rollback: true, ...over },
})
const threshold = (type: string, value: number): Fields => deploy(breaker({ thresholdConfiguration: { type, value } }))
const alarms = (enable: boolean): Fields => ({ alarms: { enable, rollback: true, alarmNames: [] } })
const rebalanced = (over: Fields): Fields => ({ availabilityZoneRebalancing: 'ENABLED', ...over })
const strategy = (...placementStrategy: readonly Fields[]): Fields => ({ placementStrategy })
const constraint = (...placementConstraints: readonly Fields[]): Fields => ({ placementConstraints })
const external = { launchType: 'EXTERNAL' }
const fargate = { launchType: 'FARGATE' }
const volume = { volumeConfigurations: [{ name: 'v', managedEBSVolume: { roleArn: 'ecs' } }] }

/** A list of `n` balancers of target groups. */
const groups = (n: number): Fields => balancers(...Array.from({ length: n }, (_, i) => ({ targetGroupArn: `g${i}` })))

const counts: readonly CelCase[] = [
  {
    rule: 'spec.taskDefinition: must be FAMILY',
    wrong: { taskDefinition: 'my web' },
    right: { taskDefinition: 'W_b:3' },
  },
  {
    rule: 'spec.taskDefinition: must be FAMILY',
    wrong: { taskDefinition: 'web:x' },
    right: { taskDefinition: 'web:3' },
  },
  {
    rule: 'spec.schedulingStrategy: field is immutable',
    old: {},
    wrong: daemon(),
    right: { desiredCount: 9 },
  },
  { rule: 'spec.desiredCount: The daemon', wrong: daemon({ desiredCount: 0 }), right: daemon() },
  { rule: 'spec.desiredCount: the REPLICA', wrong: { desiredCount: undefined }, right: { desiredCount: 0 } },
  {
    rule: 'spec.deploymentConfiguration.maximumPercent: must be 100',
    wrong: daemon(deploy({ maximumPercent: 150 })),
    right: daemon(deploy({ maximumPercent: 100 })),
  },
  {
    rule: 'spec.deploymentConfiguration.maximumPercent: Both',
    wrong: deploy({ maximumPercent: 100 }),
    right: deploy({ maximumPercent: 100, minimumHealthyPercent: 99 }),
  },
  {
    rule: 'spec.deploymentConfiguration.maximumPercent: Both',
    wrong: deploy({ maximumPercent: 100, minimumHealthyPercent: 100, strategy: 'ROLLING' }),
    right: deploy({ maximumPercent: 100, minimumHealthyPercent: 100 }, by('EXTERNAL')),
  },
]

const launch: readonly CelCase[] = [
  {
    rule: 'spec.capacityProviderStrategy: Specify either',
    wrong: { launchType: 'EC2', ...providers({ capacityProvider: 'a' }) },
    right: { launchType: 'EC2', ...providers() },
  },
  {
    rule: 'spec.capacityProviderStrategy: at most one item can have a base',
    wrong: providers({ capacityProvider: 'a', base: 1, weight: 1 }, { capacityProvider: 'b', base: 1 }),
    right: providers({ capacityProvider: 'a', base: 1, weight: 1 }, { capacityProvider: 'b', base: 0 }),
  },
  {
    rule: 'spec.capacityProviderStrategy: at least one item must have a weight',
    wrong: providers({ capacityProvider: 'a', weight: 0 }, { capacityProvider: 'b' }),
    right: providers({ capacityProvider: 'a' }),
  },
  {
    rule: 'spec.capacityProviderStrategy: FARGATE',
    wrong: providers({ capacityProvider: 'FARGATE_SPOT', weight: 1 }, { capacityProvider: 'b' }),
    right: providers({ capacityProvider: 'FARGATE_SPOT', weight: 1 }, { capacityProvider: 'FARGATE' }),
  },
  { rule: 'spec.launchType: not supported with the DAEMON', wrong: daemon(fargate), right: daemon(external) },
  { rule: 'spec.deploymentController: not supported', wrong: daemon(by('CODE_DEPLOY')), right: daemon(by('ECS')) },
  { rule: 'spec.placementStrategy: not supported with', wrong: daemon(packed), right: daemon(strategy()) },
  { rule: 'spec.volumeConfigurations: not supported', wrong: daemon(volume), right: volume },
  {
    rule: 'spec.availabilityZoneRebalancing: not supported with the DAEMON',
    wrong: daemon(rebalanced({})),
    right: daemon({ availabilityZoneRebalancing: 'DISABLED' }),
  },
  {
    rule: 'spec.placementConstraints: not supported on Fargate',
    wrong: { ...fargate, ...distinct },
    right: { ...fargate, ...constraint() },
  },
  {
    rule: 'spec.placementConstraints: not supported on Fargate',
    wrong: { ...providers({ capacityProvider: 'FARGATE', weight: 1 }), ...distinct },
    right: { ...providers({ capacityProvider: 'a', weight: 1 }), ...distinct },
  },
  {
    rule: 'spec.placementStrategy: not supported on Fargate',
    wrong: { ...fargate, ...packed },
    right: { launchType: 'EC2', ...packed },
  },
]

const configuration = 'spec.deploymentConfiguration'
const deployments: readonly CelCase[] = [
  {
    rule: `${configuration}.deploymentCircuitBreaker: not with`,
    wrong: deploy(breaker(), by('CODE_DEPLOY')),
    right: deploy(breaker({ enable: false }), by('CODE_DEPLOY')),
  },
  {
    rule: `${configuration}.alarms: not with`,
    wrong: deploy(alarms(true), by('EXTERNAL')),
    right: deploy(alarms(false), by('EXTERNAL')),
  },
  {
    rule: `${configuration}.strategy: not with`,
    wrong: deploy({ strategy: 'BLUE_GREEN' }, by('CODE_DEPLOY')),
    right: deploy({ strategy: 'ROLLING' }, by('CODE_DEPLOY')),
  },
  {
    rule: `${configuration}.linearConfiguration: only`,
    wrong: deploy({ strategy: 'CANARY', linearConfiguration: { stepPercent: 10 } }),
    right: deploy({ strategy: 'LINEAR', linearConfiguration: { stepPercent: 10 } }),
  },
  {
    rule: `${configuration}.canaryConfiguration: only`,
    wrong: deploy({ canaryConfiguration: {} }),
    right: deploy({ strategy: 'CANARY', canaryConfiguration: {} }),
  },
  ...[
    { wrong: 10.05, right: 10 },
    { wrong: 3.33, right: 3.3 },
  ].map(({ wrong, right }) => ({
    rule: `${configuration}.linearConfiguration.stepPercent: must be 3 to 100`,
    wrong: deploy({ strategy: 'LINEAR', linearConfiguration: { stepPercent: wrong } }),
    right: deploy({ strategy: 'LINEAR', linearConfiguration: { stepPercent: right } }),
  })),
  ...[
    { wrong: 0, right: 1 },
    { wrong: 0.05, right: 0.1 },
    { wrong: 99.99, right: 99.9 },
  ].map(({ wrong, right }) => ({
    rule: `${configuration}.canaryConfiguration.canaryPercent: must be 0.1 to 100`,
    wrong: deploy({ strategy: 'CANARY', canaryConfiguration: { canaryPercent: wrong } }),
    right: deploy({ strategy: 'CANARY', canaryConfiguration: { canaryPercent: right } }),
  })),
  {
    rule: `${configuration}.deploymentCircuitBreaker.thresholdConfiguration.value: a percent`,
    wrong: threshold('BOUNDED_PERCENT', 101),
    right: threshold('COUNT', 101),
  },
  {
    rule: `${configuration}.lifecycleHooks[].lifecycleStages: a hook needs a stage`,
    wrong: hooks({ ...hook, lifecycleStages: [] }),
    right: hooks(hook),
  },
  {
    rule: `${configuration}.lifecycleHooks[].hookTargetArn: an AWS_LAMBDA`,
    wrong: hooks({ ...hook, hookTargetArn: '' }),
    right: hooks({ ...hook, hookTargetArn: undefined, targetType: 'PAUSE' }),
  },
  {
    rule: `${configuration}.lifecycleHooks[].lifecycleStages: not for PAUSE`,
    wrong: hooks({ targetType: 'PAUSE', lifecycleStages: ['POST_SCALE_UP', 'PRODUCTION_TRAFFIC_SHIFT'] }),
    right: hooks({ ...hook, lifecycleStages: ['POST_SCALE_UP', 'PRODUCTION_TRAFFIC_SHIFT'] }),
  },
]

const traffic: readonly CelCase[] = [
  { rule: 'spec.loadBalancers: at most 1 classic', wrong: balancers(classic, classic), right: balancers(classic) },
  { rule: 'spec.loadBalancers: at most 5', wrong: groups(6), right: groups(5) },
  {
    rule: 'spec.loadBalancers: a classic load balancer and target groups',
    wrong: balancers(classic, group),
    right: balancers(classic, { targetGroupArn: '' }),
  },
  {
    rule: 'spec.loadBalancers: a classic load balancer is not supported',
    wrong: { ...balancers(classic), ...awsvpc },
    right: { ...balancers(group), ...awsvpc },
  },
  {
    rule: 'spec.loadBalancers[].containerName',
    wrong: balancers({ ...group, containerName: undefined }),
    right: balancers(group),
  },
  {
    rule: 'spec.loadBalancers[].containerPort',
    wrong: balancers({ ...group, containerPort: undefined }),
    right: balancers(group),
  },
  { rule: 'spec.role: only with', wrong: { role: 'ecs' }, right: { role: 'ecs', ...balancers(classic) } },
  {
    rule: 'spec.role: You cannot',
    wrong: { role: 'ecs', ...balancers(group), ...awsvpc },
    right: { role: 'ecs', ...balancers(group), networkConfiguration: {} },
  },
  {
    rule: 'spec.availabilityZoneRebalancing: the first',
    wrong: rebalanced(strategy({ type: 'binpack', field: 'cpu' }, ...byZone.placementStrategy)),
    right: rebalanced(strategy(...byZone.placementStrategy, { type: 'binpack', field: 'cpu' })),
  },
  {
    rule: 'spec.availabilityZoneRebalancing: not with maximumPercent',
    wrong: rebalanced(deploy({ maximumPercent: 100, minimumHealthyPercent: 0 })),
    right: rebalanced(deploy({ maximumPercent: 101, minimumHealthyPercent: 0 })),
  },
  {
    rule: 'spec.availabilityZoneRebalancing: not with a classic',
    wrong: rebalanced(balancers(classic)),
    right: rebalanced(balancers(group)),
  },
  {
    rule: 'spec.availabilityZoneRebalancing: not with a placement constraint',
    wrong: rebalanced({
      placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.availability-zone == a' }],
    }),
    right: rebalanced({ placementConstraints: [{ type: 'memberOf', expression: 'attribute:rack == a' }] }),
  },
  { rule: 'spec.loadBalancers: not supported', wrong: { ...external, ...balancers(group) }, right: balancers(group) },
  {
    rule: 'spec.serviceRegistries: not supported',
    wrong: { ...external, serviceRegistries: [{ registryArn: 'a' }] },
    right: { ...external, serviceRegistries: [] },
  },
  {
    rule: 'spec.serviceConnectConfiguration: not supported',
    wrong: { ...external, serviceConnectConfiguration: { enabled: true } },
    right: { ...external, serviceConnectConfiguration: { enabled: false } },
  },
  {
    rule: 'spec.networkConfiguration: not supported',
    wrong: { ...external, ...awsvpc },
    right: { ...external, networkConfiguration: {} },
  },
  {
    rule: 'spec.availabilityZoneRebalancing: not supported with the EXTERNAL',
    wrong: rebalanced(external),
    right: { ...external, availabilityZoneRebalancing: 'DISABLED' },
  },
]

/** Of constraints and strategies; tasks have the same. */
export const placement: readonly CelCase[] = [
  {
    rule: 'spec.placementConstraints[].expression: memberOf',
    wrong: constraint({ type: 'memberOf', expression: '' }),
    right: constraint({ type: 'memberOf', expression: 'attribute:a exists' }),
  },
  {
    rule: 'spec.placementConstraints[].expression: distinctInstance',
    wrong: constraint({ type: 'distinctInstance', expression: 'attribute:a exists' }),
    right: constraint({ type: 'distinctInstance', expression: '' }),
  },
  {
    rule: 'spec.placementStrategy[].field: random',
    wrong: strategy({ type: 'random', field: 'cpu' }),
    right: strategy({ type: 'random', field: '' }),
  },
  {
    rule: 'spec.placementStrategy[].field: binpack',
    wrong: strategy({ type: 'binpack', field: 'disk' }),
    right: strategy({ type: 'binpack', field: 'MEMORY' }),
  },
  {
    rule: 'spec.placementStrategy[].field: spread',
    wrong: strategy({ type: 'spread', field: 'attribute:' }),
    right: strategy({ type: 'spread', field: 'attribute:ecs.os-type' }),
  },
]

export const serviceCases: readonly CelCase[] = [...counts, ...launch, ...deployments, ...traffic, ...placement]
