/** How tasks are reached: awsvpc networking, load balancers, discovery, Service Connect, Lattice (ecs-core B.1). */
import { z } from 'zod'
import { LogConfiguration } from './logging.ts'
import { EcsName, saying, texts } from './names.ts'
import { loadBalancerCel } from './service-cel.ts'

export const NetworkConfiguration = z.strictObject({
  awsvpcConfiguration: z
    .strictObject({
      subnets: z.array(z.string()).max(16).describe('Subnets.'),
      securityGroups: z.array(z.string()).max(5).optional().describe('Security groups.'),
      assignPublicIp: z.enum(['ENABLED', 'DISABLED']).optional().describe('Whether tasks get a public address.'),
    })
    .optional()
    .describe('For networkMode awsvpc.'),
})

const AdvancedConfiguration = z.strictObject({
  alternateTargetGroupArn: z.string().optional().describe('The other target group of a blue/green pair.'),
  productionListenerRule: z.string().optional().describe('Rule whose weights shift production traffic.'),
  testListenerRule: z.string().optional().describe('Rule whose weights shift test traffic.'),
  roleArn: z.string().optional().describe('Role to change the rules with.'),
})

export const LoadBalancer = z
  .strictObject({
    targetGroupArn: z.string().optional().describe('Target group to register tasks in.'),
    loadBalancerName: z.string().optional().describe('Classic load balancer.'),
    containerName: z.string().min(1).optional().describe('Container that takes the traffic.'),
    containerPort: z.int().min(1).max(65535).optional().describe('Its port.'),
    advancedConfiguration: AdvancedConfiguration.optional().describe('For blue/green, linear and canary.'),
  })
  .meta({ validations: loadBalancerCel })
export type LoadBalancer = z.output<typeof LoadBalancer>

export const ServiceRegistry = z.strictObject({
  registryArn: z.string().min(1).optional().describe('Registry to register tasks in.'),
  port: z.int().min(0).max(65535).optional().describe('Port of an SRV record.'),
  containerName: z.string().optional().describe('Container of an SRV record.'),
  containerPort: z.int().min(0).max(65535).optional().describe('Its port.'),
})

const TestTrafficRules = z.strictObject({
  header: z
    .strictObject({
      name: z.string().min(1).describe('Name of the header.'),
      value: z
        .strictObject({ exact: z.string().describe('The whole value.') })
        .optional()
        .describe('What it must be.'),
    })
    .describe('The header that marks test traffic.'),
})

const ClientAlias = z.strictObject({
  port: z.int().min(1).max(65535).describe('Port that clients use.'),
  dnsName: z
    .string()
    .regex(/^[a-z0-9_.-]{1,127}$/, saying('must be up to 127 lower-case letters, digits and _ - .'))
    .optional()
    .describe('Name that clients use; default discoveryName.namespace.'),
  testTrafficRules: TestTrafficRules.optional().describe('Which traffic goes to the new revision for testing.'),
})

const ServiceConnectService = z.strictObject({
  portName: z.string().min(1).describe('Name of a port mapping.'),
  discoveryName: z
    .string()
    .regex(
      /^[a-z0-9_][a-z0-9_-]{0,63}$/,
      saying('must be up to 64 lower-case letters, digits, _ and -, not starting with -'),
    )
    .optional()
    .describe('Name in the namespace; default portName.'),
  clientAliases: z.array(ClientAlias).max(1).optional().describe('How clients reach it.'),
  ingressPortOverride: z.int().min(1).max(65535).optional().describe('Port that the proxy listens on.'),
  timeout: z
    .strictObject({
      idleTimeoutSeconds: z.int().min(0).optional().describe('Idle connection; 0: none.'),
      perRequestTimeoutSeconds: z.int().min(0).optional().describe('One request; 0: none.'),
    })
    .optional()
    .describe('Timeouts of the proxy.'),
  tls: z
    .strictObject({
      issuerCertificateAuthority: z
        .strictObject({ awsPcaAuthorityArn: z.string().optional().describe('The authority.') })
        .describe('Who issues certificates.'),
      kmsKey: z.string().optional().describe('Key.'),
      roleArn: z.string().optional().describe('Role.'),
    })
    .optional()
    .describe('Encryption between proxies.'),
})

export const ServiceConnectConfiguration = z.strictObject({
  enabled: z.boolean().describe('Whether the service takes part.'),
  namespace: z.string().optional().describe('Namespace of names; default: that of the cluster.'),
  services: z.array(ServiceConnectService).optional().describe('Ports that others can reach.'),
  logConfiguration: LogConfiguration.optional().describe("Where the proxy's output goes."),
  accessLogConfiguration: z
    .strictObject({
      format: z.enum(['TEXT', 'JSON']).describe('Format of a line.'),
      includeQueryParameters: z.enum(['DISABLED', 'ENABLED']).optional().describe('Whether lines show query strings.'),
    })
    .optional()
    .describe('Access logs of the proxy.'),
})

export const VpcLatticeConfiguration = z.strictObject({
  roleArn: z.string().min(1).describe('Role.'),
  targetGroupArn: z.string().min(1).describe('Target group.'),
  portName: z.string().min(1).describe('Name of a port mapping.'),
})

export const MonitoringConfiguration = z.strictObject({
  metricConfigurations: z
    .array(
      z.strictObject({
        metricNames: texts('Metrics.'),
        resolutionSeconds: z.int().min(1).describe('Seconds between data points.'),
      }),
    )
    .optional()
    .describe('Metrics and their resolution.'),
})

export const CapacityProviderStrategyItem = z.strictObject({
  capacityProvider: EcsName.describe('Name of the capacity provider.'),
  weight: z.int().min(0).max(1000).optional().describe('Share of the tasks beyond base; default 0.'),
  base: z.int().min(0).max(100_000).optional().describe('Tasks placed there first; default 0.'),
})
export type CapacityProviderStrategyItem = z.output<typeof CapacityProviderStrategyItem>

/** Strategies by capacity provider (ecs-core 5.1: at most 20). */
export const CapacityProviderStrategy = z
  .array(CapacityProviderStrategyItem)
  .max(20)
  .meta({ listType: 'map', listMapKeys: ['capacityProvider'] })
