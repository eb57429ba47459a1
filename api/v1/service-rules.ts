/** What ECS says about a service beyond the shape of its fields: which combinations it takes (ecs-core 5.1, 5.5). */
import type { FieldProblem } from '../../lib/errors.ts'
import { isRecord } from '../meta/json.ts'
import { forbidden, invalid, required } from '../meta/problems.ts'
import { clusterOf } from './arn.ts'
import { logProblems } from './container-rules.ts'
import { hookProblems } from './hook-rules.ts'
import { ecsNamePattern, ruleOr } from './names.ts'
import { percentProblems } from './percent.ts'
import { memberOfProblems, strategyProblems } from './placement-rules.ts'
import type { ServiceSpec } from './service-spec.ts'
import { tagProblems } from './tag-rules.ts'
import { parseTaskDefinitionReference } from './task-definition-reference.ts'
import { rebalancingObstacles } from './zone-rebalancing.ts'

/** A family, or the name of a TaskDefinition object, which may hold dots. */
const familyPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/

type Rule = (spec: ServiceSpec) => readonly FieldProblem[]

const at = (path: string): string => `spec.${path}`
const some = (list: readonly unknown[] | undefined): boolean => (list ?? []).length > 0
const controllerOf = (spec: ServiceSpec): string => spec.deploymentController?.type ?? 'ECS'
const strategyOf = (spec: ServiceSpec): string => spec.deploymentConfiguration?.strategy ?? 'ROLLING'
const onFargate = (spec: ServiceSpec): boolean =>
  spec.launchType === 'FARGATE' ||
  (spec.capacityProviderStrategy ?? []).some((item) => /^FARGATE(_SPOT)?$/.test(item.capacityProvider))

const names: Rule = (spec) => {
  const problems: FieldProblem[] = []
  const { family } = parseTaskDefinitionReference(spec.taskDefinition)
  if (spec.taskDefinition !== '' && !familyPattern.test(family)) {
    const rule = 'must be FAMILY, FAMILY:REVISION or the ARN of a task definition'
    problems.push(invalid(at('taskDefinition'), spec.taskDefinition, ruleOr(rule, spec.taskDefinition)))
  }
  if (spec.cluster !== undefined && !ecsNamePattern.test(clusterOf(spec.cluster))) {
    const rule = 'must be the name or ARN of a cluster: letters, digits, hyphens and underscores'
    problems.push(invalid(at('cluster'), spec.cluster, ruleOr(rule, spec.cluster)))
  }
  return problems
}

const counts: Rule = (spec) => {
  if (spec.schedulingStrategy === 'DAEMON') {
    if (spec.desiredCount === undefined) return []
    const text =
      'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again'
    return [forbidden(at('desiredCount'), text)]
  }
  return spec.desiredCount === undefined
    ? [required(at('desiredCount'), 'the REPLICA scheduling strategy needs a desired count (it may be 0)')]
    : []
}

const percents: Rule = (spec) => {
  const { minimumHealthyPercent = 100, maximumPercent = 200 } = spec.deploymentConfiguration ?? {}
  if (spec.schedulingStrategy === 'DAEMON') {
    const given = spec.deploymentConfiguration?.maximumPercent
    if (given === undefined || given === 100) return []
    return [
      invalid(at('deploymentConfiguration.maximumPercent'), given, 'must be 100 for the DAEMON scheduling strategy'),
    ]
  }
  const rolling = controllerOf(spec) === 'ECS' && strategyOf(spec) === 'ROLLING'
  if (!rolling || minimumHealthyPercent < 100 || maximumPercent > 100) return []
  const text = 'Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.'
  return [invalid(at('deploymentConfiguration.maximumPercent'), maximumPercent, text)]
}

const launch: Rule = (spec) => {
  const problems: FieldProblem[] = []
  const items = spec.capacityProviderStrategy ?? []
  if (spec.launchType !== undefined && items.length > 0) {
    const text = 'Specify either Launch Type or Capacity Provider Strategy, but not both.'
    problems.push(forbidden(at('capacityProviderStrategy'), text))
  }
  if (items.filter((item) => (item.base ?? 0) > 0).length > 1) {
    problems.push(invalid(at('capacityProviderStrategy'), items.length, 'at most one item can have a base'))
  }
  if (items.length > 1 && items.every((item) => (item.weight ?? 0) === 0)) {
    problems.push(invalid(at('capacityProviderStrategy'), items.length, 'at least one item must have a weight above 0'))
  }
  const fargate = items.filter((item) => /^FARGATE(_SPOT)?$/.test(item.capacityProvider))
  if (fargate.length > 0 && fargate.length < items.length) {
    problems.push(
      invalid(at('capacityProviderStrategy'), items.length, 'FARGATE and other capacity providers cannot be mixed'),
    )
  }
  return problems
}

const daemon: Rule = (spec) => {
  if (spec.schedulingStrategy !== 'DAEMON') return []
  const problems: FieldProblem[] = []
  const refuse = (path: string, value: unknown): void => {
    problems.push(invalid(at(path), value, 'not supported with the DAEMON scheduling strategy'))
  }
  if (spec.launchType === 'FARGATE') refuse('launchType', 'FARGATE')
  if (controllerOf(spec) !== 'ECS') refuse('deploymentController.type', controllerOf(spec))
  if (some(spec.placementStrategy)) refuse('placementStrategy', spec.placementStrategy)
  if (some(spec.volumeConfigurations)) refuse('volumeConfigurations', spec.volumeConfigurations?.[0]?.name)
  if (spec.availabilityZoneRebalancing === 'ENABLED') refuse('availabilityZoneRebalancing', 'ENABLED')
  return problems
}

const deployment: Rule = (spec) => {
  const configuration = spec.deploymentConfiguration
  const problems: FieldProblem[] = []
  const controller = controllerOf(spec)
  const only = (member: string): void => {
    problems.push(
      forbidden(at(`deploymentConfiguration.${member}`), `not with the deployment controller ${controller}`),
    )
  }
  if (controller !== 'ECS') {
    if (configuration?.deploymentCircuitBreaker?.enable === true) only('deploymentCircuitBreaker')
    if (configuration?.alarms?.enable === true) only('alarms')
    if (configuration?.strategy !== undefined && configuration.strategy !== 'ROLLING') only('strategy')
  }
  const strategy = strategyOf(spec)
  if (configuration?.linearConfiguration !== undefined && strategy !== 'LINEAR') {
    problems.push(forbidden(at('deploymentConfiguration.linearConfiguration'), 'only with strategy LINEAR'))
  }
  if (configuration?.canaryConfiguration !== undefined && strategy !== 'CANARY') {
    problems.push(forbidden(at('deploymentConfiguration.canaryConfiguration'), 'only with strategy CANARY'))
  }
  return [...problems, ...percentProblems(at('deploymentConfiguration'), configuration)]
}

const breaker: Rule = (spec) => {
  const threshold = spec.deploymentConfiguration?.deploymentCircuitBreaker?.thresholdConfiguration
  if (threshold === undefined || threshold.type === 'COUNT' || threshold.value <= 100) return []
  const path = at('deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration.value')
  return [invalid(path, threshold.value, 'a percent is 1 to 100')]
}

const balancers: Rule = (spec) => {
  const all = spec.loadBalancers ?? []
  const problems: FieldProblem[] = []
  const classic = all.filter((one) => (one.loadBalancerName ?? '') !== '')
  const groups = all.filter((one) => (one.targetGroupArn ?? '') !== '')
  if (classic.length > 1) problems.push(invalid(at('loadBalancers'), classic.length, 'at most 1 classic load balancer'))
  if (groups.length > 5) problems.push(invalid(at('loadBalancers'), groups.length, 'at most 5 target groups'))
  if (classic.length > 0 && groups.length > 0) {
    problems.push(forbidden(at('loadBalancers'), 'a classic load balancer and target groups cannot be used together'))
  }
  if (classic.length > 0 && spec.networkConfiguration?.awsvpcConfiguration !== undefined) {
    problems.push(forbidden(at('loadBalancers'), 'a classic load balancer is not supported with awsvpc'))
  }
  for (const [i, one] of all.entries()) {
    if (one.containerName === undefined)
      problems.push(required(at(`loadBalancers[${i}].containerName`), 'the container that takes the traffic'))
    if (one.containerPort === undefined)
      problems.push(required(at(`loadBalancers[${i}].containerPort`), 'the port that takes the traffic'))
  }
  return problems
}

/** Only classic set-ups name a role; all others have the service-linked one (ecs-core 5.1). */
const role: Rule = (spec) => {
  if (spec.role === undefined) return []
  if (!some(spec.loadBalancers)) return [forbidden(at('role'), 'only with a load balancer')]
  if (spec.networkConfiguration?.awsvpcConfiguration === undefined) return []
  const text = 'You cannot specify an IAM role for services that require a service linked role, as awsvpc does.'
  return [forbidden(at('role'), text)]
}

/** ecs-core 5.9: which services can even out zones; without a word they do if they can. */
const rebalancing: Rule = (spec) =>
  spec.availabilityZoneRebalancing !== 'ENABLED' || spec.schedulingStrategy === 'DAEMON'
    ? []
    : rebalancingObstacles(spec).map((why) => forbidden(at('availabilityZoneRebalancing'), why))

const external: Rule = (spec) => {
  if (spec.launchType !== 'EXTERNAL') return []
  const used: readonly (readonly [string, boolean])[] = [
    ['loadBalancers', some(spec.loadBalancers)],
    ['serviceRegistries', some(spec.serviceRegistries)],
    ['serviceConnectConfiguration', spec.serviceConnectConfiguration?.enabled === true],
    ['networkConfiguration', spec.networkConfiguration?.awsvpcConfiguration !== undefined],
    ['availabilityZoneRebalancing', spec.availabilityZoneRebalancing === 'ENABLED'],
  ]
  return used
    .filter(([, set]) => set)
    .map(([path]) => forbidden(at(path), 'not supported with the EXTERNAL launch type'))
}

const placement: Rule = (spec) => {
  const fargate: FieldProblem[] = []
  if (onFargate(spec) && some(spec.placementConstraints))
    fargate.push(forbidden(at('placementConstraints'), 'not supported on Fargate'))
  if (onFargate(spec) && some(spec.placementStrategy))
    fargate.push(forbidden(at('placementStrategy'), 'not supported on Fargate'))
  return [
    ...fargate,
    ...memberOfProblems(spec.placementConstraints ?? [], at('placementConstraints')),
    ...strategyProblems(spec.placementStrategy ?? [], at('placementStrategy')),
  ]
}

const connect: Rule = (spec) => {
  const log = spec.serviceConnectConfiguration?.logConfiguration
  return log === undefined ? [] : logProblems(log, at('serviceConnectConfiguration.logConfiguration'))
}

const rules: readonly Rule[] = [
  names,
  counts,
  percents,
  launch,
  daemon,
  deployment,
  (spec) =>
    hookProblems(spec.deploymentConfiguration?.lifecycleHooks ?? [], at('deploymentConfiguration.lifecycleHooks')),
  breaker,
  balancers,
  role,
  rebalancing,
  external,
  placement,
  connect,
  ({ tags }) => tagProblems(tags, at('tags')),
]

/** All problems of a service's spec. */
export const serviceProblems = (spec: ServiceSpec): FieldProblem[] => rules.flatMap((rule) => [...rule(spec)])

/** A name as metadata.name can have it: ECS allows upper case and underscores, Kubernetes does not. */
const asObjectName = (name: string): string => name.toLowerCase().replace(/_/g, '-')

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined }
  readonly spec: ServiceSpec
}

/** Members that say something else than metadata, which is what counts. */
export function serviceAdvice({ metadata, spec }: Named): string[] {
  const advice: string[] = []
  if (spec.serviceName !== undefined && asObjectName(spec.serviceName) !== metadata.name) {
    advice.push(
      `spec.serviceName: ${JSON.stringify(spec.serviceName)} is ignored, the service is called ${metadata.name}`,
    )
  }
  const cluster = clusterOf(spec.cluster ?? '')
  if (cluster !== '' && asObjectName(cluster) !== metadata.namespace) {
    const namespace = metadata.namespace ?? 'default'
    advice.push(`spec.cluster: ${JSON.stringify(spec.cluster)} is ignored, the service is in the cluster ${namespace}`)
  }
  for (const [i, one] of (spec.loadBalancers ?? []).entries()) {
    if ((one.targetGroupArn ?? '') === '' && (one.loadBalancerName ?? '') === '') {
      advice.push(`spec.loadBalancers[${i}]: names neither a target group nor a load balancer`)
    }
  }
  return advice
}

/** Other things that people paste under `spec`, and what to do with them. */
export function misreadService(raw: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const { spec } = raw
  if (Array.isArray(spec)) return [invalid('spec', 'array', 'spec is a list, not a service: apply one object for each')]
  if (!isRecord(spec) || spec.taskDefinition !== undefined) return []
  if (isRecord(spec.service)) {
    const why =
      'spec is the output of CreateService or UpdateService, which wraps the service: put the members of spec.service directly under spec'
    return [invalid('spec.service', 'object', why)]
  }
  if (Array.isArray(spec.services)) {
    const why =
      'spec is the output of DescribeServices, which wraps a list of services: put the members of one of them directly under spec'
    return [invalid('spec.services', 'array', why)]
  }
  return []
}
