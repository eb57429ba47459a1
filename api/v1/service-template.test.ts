import { expect, it } from 'vitest'
import { aService } from '../../test/builders/kinds.ts'
import type { ServiceSpec } from './service-spec.ts'
import { templateHash } from './service-template.ts'
import { forceNewDeploymentAnnotation } from './well-known.ts'

const before = aService()
const hash = (spec: Partial<ServiceSpec>, annotations?: Record<string, string>, taskDefinition = 'web.1') =>
  templateHash(aService({ spec, ...(annotations === undefined ? {} : { metadata: { annotations } }) }), taskDefinition)
const subnets = { awsvpcConfiguration: { subnets: ['a'] } }

it.each<{ change: string; spec?: Partial<ServiceSpec>; deploys: boolean }>([
  { change: 'networkConfiguration', spec: { networkConfiguration: subnets }, deploys: true },
  { change: 'platformVersion', spec: { platformVersion: '1.4.0' }, deploys: true },
  { change: 'loadBalancers', spec: { loadBalancers: [{ targetGroupArn: 'a' }] }, deploys: true },
  { change: 'serviceRegistries', spec: { serviceRegistries: [{ registryArn: 'a' }] }, deploys: true },
  { change: 'serviceConnectConfiguration', spec: { serviceConnectConfiguration: { enabled: true } }, deploys: true },
  {
    change: 'volumeConfigurations',
    spec: { volumeConfigurations: [{ name: 'v', managedEBSVolume: { roleArn: 'a' } }] },
    deploys: true,
  },
  {
    change: 'vpcLatticeConfigurations',
    spec: { vpcLatticeConfigurations: [{ portName: 'a', roleArn: 'a', targetGroupArn: 'a' }] },
    deploys: true,
  },
  { change: 'desiredCount', spec: { desiredCount: 9 }, deploys: false },
  { change: 'deploymentConfiguration', spec: { deploymentConfiguration: { maximumPercent: 150 } }, deploys: false },
  { change: 'placementConstraints', spec: { placementConstraints: [{ type: 'distinctInstance' }] }, deploys: false },
  { change: 'placementStrategy', spec: { placementStrategy: [{ type: 'random' }] }, deploys: false },
  { change: 'healthCheckGracePeriodSeconds', spec: { healthCheckGracePeriodSeconds: 60 }, deploys: false },
  { change: 'availabilityZoneRebalancing', spec: { availabilityZoneRebalancing: 'ENABLED' }, deploys: false },
  { change: 'enableExecuteCommand', spec: { enableExecuteCommand: true }, deploys: false },
  { change: 'enableECSManagedTags', spec: { enableECSManagedTags: true }, deploys: false },
  { change: 'propagateTags', spec: { propagateTags: 'SERVICE' }, deploys: false },
  { change: 'tags', spec: { tags: [{ key: 'a' }] }, deploys: false },
  {
    change: 'capacityProviderStrategy',
    spec: { capacityProviderStrategy: [{ capacityProvider: 'a' }] },
    deploys: false,
  },
])('ecs-core 5.4: a change of $change makes a deployment: $deploys', ({ spec = {}, deploys }) => {
  expect(hash(spec) !== templateHash(before, 'web.1')).toBe(deploys)
})

it.each([
  { rule: 'the identical task definition revision: no', changed: hash({}, undefined, 'web.1'), deploys: false },
  { rule: 'another revision: yes', changed: hash({}, undefined, 'web.2'), deploys: true },
  { rule: 'forceNewDeployment: yes', changed: hash({}, { [forceNewDeploymentAnnotation]: '1' }), deploys: true },
  { rule: 'another annotation: no', changed: hash({}, { other: '1' }), deploys: false },
])('ecs-core 5.4: $rule', ({ changed, deploys }) => {
  expect(changed !== templateHash(before, 'web.1')).toBe(deploys)
})
