/** A user writes a service, or writes it anew. */
import type { Draft } from '../../api/meta/object.ts'
import { Service } from '../../api/v1/service.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import { type Breaker, type HookShape, retentionOf, type ServiceShape, type Steps } from './service-shape.ts'
import { cluster, type World } from './world.ts'

const signal = new AbortController().signal

const breakerOf = ({ rollback, cumulative, count }: Breaker) => ({
  enable: true,
  rollback,
  resetOnHealthyTask: !cumulative,
  ...(count === undefined ? {} : { thresholdConfiguration: { type: 'COUNT' as const, value: count } }),
})

const withoutSteps = {
  strategy: null,
  canaryConfiguration: null,
  linearConfiguration: null,
  bakeTimeInMinutes: null,
  lifecycleHooks: null,
}

function hookOf({ type, stage, goesOn, retries, script }: HookShape) {
  const timeoutConfiguration = { timeoutInMinutes: 1, action: goesOn ? 'CONTINUE' : 'ROLLBACK' }
  if (type === 'PAUSE') return { targetType: type, lifecycleStages: [stage], timeoutConfiguration }
  const app = { name: 'app', environment: [{ name: 'GANTRY_FAKE', value: script }] }
  const hookDetails = { taskDefinition: 'migrate', overrides: { containerOverrides: [app] }, retries }
  return { targetType: type, lifecycleStages: [stage], hookDetails, timeoutConfiguration }
}

const stepsOf = ({ strategy, percent, stepBake, bake }: Steps) => ({
  strategy,
  bakeTimeInMinutes: bake,
  ...(strategy === 'CANARY'
    ? { canaryConfiguration: { canaryPercent: percent, canaryBakeTimeInMinutes: stepBake } }
    : {}),
  ...(strategy === 'LINEAR' ? { linearConfiguration: { stepPercent: percent, stepBakeTimeInMinutes: stepBake } } : {}),
})

export async function applyService({ user }: World, shape: ServiceShape): Promise<void> {
  const { name, daemon, desired, min, max, spread, breaker, ready, steps, hook } = shape
  const placementStrategy = spread ? [{ type: 'spread' as const, field: 'instanceId' }] : []
  const scheduling =
    daemon === true ? { schedulingStrategy: 'DAEMON' as const } : { desiredCount: desired, placementStrategy }
  const spec = {
    taskDefinition: name,
    ...scheduling,
    deploymentConfiguration: {
      minimumHealthyPercent: min,
      ...(daemon === true ? {} : { maximumPercent: max }),
      ...(breaker === undefined ? {} : { deploymentCircuitBreaker: breakerOf(breaker) }),
      ...(ready === undefined ? {} : { minReadySeconds: ready }),
      ...(steps === undefined ? {} : stepsOf(steps)),
      ...(hook === undefined ? {} : { lifecycleHooks: [hookOf(hook)] }),
    },
    retention: retentionOf(shape),
  }
  try {
    await user.create(Service, { metadata: { namespace: cluster, name }, spec } as Draft<Service>, signal)
  } catch (error) {
    if (!isFault(error, 'AlreadyExists')) throw error
    const old = await user.get(Service, { namespace: cluster, name }, signal)
    if (old.metadata.deletionTimestamp !== undefined) throw new Fault('Conflict', `${name} is being deleted`)
    const { deploymentConfiguration } = spec
    const body = { spec: { ...spec, deploymentConfiguration: { ...withoutSteps, ...deploymentConfiguration } } }
    await user.patch(Service, { namespace: cluster, name }, { type: 'merge', body }, signal)
  }
}
