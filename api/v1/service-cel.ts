/** The rules of a service in CEL, as service-rules.ts has them. */
import { celForbidden, celInvalid, celRequired } from '../meta/cel.ts'

const daemon = "self.schedulingStrategy == 'DAEMON'"
const configuration = 'self.deploymentConfiguration'
const some = (member: string): string => `has(self.${member}) && size(self.${member}) > 0`
const configured = (member: string): string => `has(${configuration}) && has(${configuration}.${member})`
const controllerIsEcs = "!has(self.deploymentController) || self.deploymentController.type == 'ECS'"
const awsvpc = 'has(self.networkConfiguration) && has(self.networkConfiguration.awsvpcConfiguration)'
const provided = (list: string): string => `has(self.capacityProviderStrategy) && self.capacityProviderStrategy.${list}`
const isFargate = "i.capacityProvider in ['FARGATE', 'FARGATE_SPOT']"
const fargate = `(has(self.launchType) && self.launchType == 'FARGATE') || (${provided(`exists(i, ${isFargate})`)})`
const external = "has(self.launchType) && self.launchType == 'EXTERNAL'"
const balanced = (member: string): string =>
  `has(self.loadBalancers) && self.loadBalancers.exists(b, has(b.${member}) && b.${member} != '')`
const count = (member: string): string => `self.loadBalancers.filter(b, has(b.${member}) && b.${member} != '').size()`
const rebalanced = "has(self.availabilityZoneRebalancing) && self.availabilityZoneRebalancing == 'ENABLED'"
const unless = (condition: string, rule: string): string => `!(${condition}) || (${rule})`

const counts = [
  celForbidden(
    '.desiredCount',
    unless(daemon, '!has(self.desiredCount)'),
    'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again',
  ),
  celRequired(
    '.desiredCount',
    `${daemon} || has(self.desiredCount)`,
    'the REPLICA scheduling strategy needs a desired count (it may be 0)',
  ),
]

const percents = [
  celInvalid(
    '.deploymentConfiguration.maximumPercent',
    unless(`${daemon} && ${configured('maximumPercent')}`, `${configuration}.maximumPercent == 100`),
    'must be 100 for the DAEMON scheduling strategy',
  ),
  celInvalid(
    '.deploymentConfiguration.maximumPercent',
    unless(
      `!(${daemon}) && (${controllerIsEcs}) && ${configured('maximumPercent')} && ${configuration}.maximumPercent == 100 && (!has(${configuration}.strategy) || ${configuration}.strategy == 'ROLLING')`,
      `has(${configuration}.minimumHealthyPercent) && ${configuration}.minimumHealthyPercent < 100`,
    ),
    'Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.',
  ),
]

const launch = [
  celForbidden(
    '.capacityProviderStrategy',
    `!has(self.launchType) || !(${some('capacityProviderStrategy')})`,
    'Specify either Launch Type or Capacity Provider Strategy, but not both.',
  ),
  celInvalid(
    '.capacityProviderStrategy',
    unless(
      'has(self.capacityProviderStrategy)',
      'self.capacityProviderStrategy.filter(i, has(i.base) && i.base > 0).size() <= 1',
    ),
    'at most one item can have a base',
  ),
  celInvalid(
    '.capacityProviderStrategy',
    unless(provided('size() > 1'), 'self.capacityProviderStrategy.exists(i, has(i.weight) && i.weight > 0)'),
    'at least one item must have a weight above 0',
  ),
  celInvalid(
    '.capacityProviderStrategy',
    unless(provided(`exists(i, ${isFargate})`), `self.capacityProviderStrategy.all(i, ${isFargate})`),
    'FARGATE and other capacity providers cannot be mixed',
  ),
]

const notForDaemon = (member: string, used: string) =>
  celInvalid(`.${member}`, unless(daemon, `!(${used})`), 'not supported with the DAEMON scheduling strategy')
const daemons = [
  notForDaemon('launchType', "has(self.launchType) && self.launchType == 'FARGATE'"),
  notForDaemon('deploymentController', `!(${controllerIsEcs})`),
  notForDaemon('placementStrategy', some('placementStrategy')),
  notForDaemon('volumeConfigurations', some('volumeConfigurations')),
  notForDaemon('availabilityZoneRebalancing', rebalanced),
]

const onlyWith = (member: string, strategy: string) =>
  celForbidden(
    `.deploymentConfiguration.${member}`,
    unless(configured(member), `has(${configuration}.strategy) && ${configuration}.strategy == '${strategy}'`),
    `only with strategy ${strategy}`,
  )
const ofEcs = (member: string, used: string) =>
  celForbidden(
    `.deploymentConfiguration.${member}`,
    `(${controllerIsEcs}) || !(${configured(member)} && ${used})`,
    'not with the deployment controller …',
    '"not with the deployment controller " + self.deploymentController.type',
  )
const deployments = [
  ofEcs('deploymentCircuitBreaker', `${configuration}.deploymentCircuitBreaker.enable`),
  ofEcs('alarms', `${configuration}.alarms.enable`),
  ofEcs('strategy', `${configuration}.strategy != 'ROLLING'`),
  onlyWith('linearConfiguration', 'LINEAR'),
  onlyWith('canaryConfiguration', 'CANARY'),
]

const forBalancers = (rule: string, why: string) => celForbidden('.loadBalancers', rule, why)
const balancers = [
  celInvalid(
    '.loadBalancers',
    unless('has(self.loadBalancers)', `${count('loadBalancerName')} <= 1`),
    'at most 1 classic load balancer',
  ),
  celInvalid(
    '.loadBalancers',
    unless('has(self.loadBalancers)', `${count('targetGroupArn')} <= 5`),
    'at most 5 target groups',
  ),
  forBalancers(
    `!(${balanced('loadBalancerName')}) || !(${balanced('targetGroupArn')})`,
    'a classic load balancer and target groups cannot be used together',
  ),
  forBalancers(
    `!(${balanced('loadBalancerName')}) || !(${awsvpc})`,
    'a classic load balancer is not supported with awsvpc',
  ),
  celForbidden('.role', `!has(self.role) || (${some('loadBalancers')})`, 'only with a load balancer'),
  celForbidden(
    '.role',
    `!has(self.role) || !(${some('loadBalancers')}) || !(${awsvpc})`,
    'You cannot specify an IAM role for services that require a service linked role, as awsvpc does.',
  ),
]

const forRebalancing = (rule: string, why: string) =>
  celForbidden('.availabilityZoneRebalancing', unless(`!(${daemon}) && ${rebalanced}`, rule), why)
const rebalancing = [
  forRebalancing(
    `!(${some('placementStrategy')}) || self.placementStrategy.map(s, s.type == 'spread' && has(s.field) && s.field == 'attribute:ecs.availability-zone')[0]`,
    'the first placement strategy must be spread by attribute:ecs.availability-zone',
  ),
  forRebalancing(
    `!(${configured('maximumPercent')}) || ${configuration}.maximumPercent > 100`,
    'not with maximumPercent 100',
  ),
  forRebalancing(`!(${balanced('loadBalancerName')})`, 'not with a classic load balancer'),
  forRebalancing(
    "!has(self.placementConstraints) || !self.placementConstraints.exists(c, has(c.expression) && c.expression.contains('attribute:ecs.availability-zone'))",
    'not with a placement constraint by attribute:ecs.availability-zone',
  ),
]

const notForExternal = (member: string, used: string) =>
  celForbidden(`.${member}`, unless(external, `!(${used})`), 'not supported with the EXTERNAL launch type')
const externals = [
  notForExternal('loadBalancers', some('loadBalancers')),
  notForExternal('serviceRegistries', some('serviceRegistries')),
  notForExternal(
    'serviceConnectConfiguration',
    'has(self.serviceConnectConfiguration) && self.serviceConnectConfiguration.enabled',
  ),
  notForExternal('networkConfiguration', awsvpc),
  notForExternal('availabilityZoneRebalancing', rebalanced),
]

const notOnFargate = (member: string) =>
  celForbidden(`.${member}`, unless(some(member), `!(${fargate})`), 'not supported on Fargate')

/** Of a service's spec. */
export const serviceCel = [
  celInvalid(
    '.taskDefinition',
    "self.taskDefinition.matches('^(arn:.*:task-definition/)?[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}(:[0-9]+)?$')",
    'must be FAMILY, FAMILY:REVISION or the ARN of a task definition',
  ),
  celInvalid('.schedulingStrategy', 'self.schedulingStrategy == oldSelf.schedulingStrategy', 'field is immutable'),
  ...counts,
  ...percents,
  ...launch,
  ...daemons,
  ...deployments,
  ...balancers,
  ...rebalancing,
  ...externals,
  notOnFargate('placementConstraints'),
  notOnFargate('placementStrategy'),
]

/** Of a load balancer. */
export const loadBalancerCel = [
  celRequired('.containerName', 'has(self.containerName)', 'the container that takes the traffic'),
  celRequired('.containerPort', 'has(self.containerPort)', 'the port that takes the traffic'),
]

/** Of a lifecycle hook. What its hookDetails are only code can say: rules cannot read what may be any JSON. */
export const hookCel = [
  celRequired(
    '.lifecycleStages',
    'has(self.lifecycleStages) && size(self.lifecycleStages) > 0',
    'a hook needs a stage',
  ),
  celRequired(
    '.hookTargetArn',
    "(has(self.targetType) && self.targetType != 'AWS_LAMBDA') || (has(self.hookTargetArn) && self.hookTargetArn != '')",
    'an AWS_LAMBDA hook needs the function to ask',
  ),
  celInvalid(
    '.lifecycleStages',
    "!has(self.targetType) || self.targetType != 'PAUSE' || !has(self.lifecycleStages) || !self.lifecycleStages.exists(s, s in ['TEST_TRAFFIC_SHIFT', 'PRODUCTION_TRAFFIC_SHIFT'])",
    'not for PAUSE hooks',
  ),
]

/** Of a circuit breaker's threshold. */
export const thresholdCel = [celInvalid('.value', "self.type == 'COUNT' || self.value <= 100", 'a percent is 1 to 100')]
