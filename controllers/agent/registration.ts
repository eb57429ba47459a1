/** Keeps the agent's own ContainerInstance saying what the machine has: created when absent, adopted when there. */
import type { Draft } from '../../api/meta/object.ts'
import { ContainerInstance, type InstanceResources } from '../../api/v1/container-instance.ts'
import { isEqual } from '../../lib/equal.ts'
import { isFault } from '../../lib/errors.ts'
import { timestamp } from '../../lib/time.ts'
import { type Controller, type Deps, done, own } from '../runtime/controller.ts'
import type { InstanceAttribute } from './attributes.ts'

type Status = NonNullable<ContainerInstance['status']>

/** What the agent says of its machine. */
export interface Registration {
  readonly namespace: string
  readonly name: string
  readonly resources: InstanceResources
  readonly attributes: readonly InstanceAttribute[]
  readonly versionInfo: NonNullable<Status['versionInfo']>
  readonly agentEndpoint: Status['agentEndpoint']
  /** Called each time the API is known to say so. */
  readonly onRegistered: () => void
}

/** The machine's view of the status: what others maintain (connection, what is left, counts) is only given a start. */
export function registeredStatus(
  instance: ContainerInstance,
  { resources, attributes, versionInfo, agentEndpoint }: Registration,
  now: string,
): Status {
  const before = instance.status ?? {}
  const own = new Set(attributes.map(({ name }) => name))
  const users = (instance.spec.attributes ?? []).filter(({ name }) => !own.has(name))
  return {
    ...before,
    status: before.status ?? 'ACTIVE',
    agentConnected: before.agentConnected ?? true,
    registeredResources: resources,
    remainingResources: before.remainingResources ?? resources,
    attributes: [...attributes, ...users],
    versionInfo,
    agentEndpoint,
    images: before.images ?? [],
    registeredAt: before.registeredAt ?? now,
  }
}

/** Key = the instance. Runs once at the start, and whenever its object changes or is deleted. */
export function registrationController(deps: Deps, registration: Registration): Controller {
  const { namespace, name } = registration
  const key = { namespace, name }
  return {
    name: 'registration',
    watches: [own(ContainerInstance, { namespace, fieldSelector: `metadata.name=${name}` })],

    async reconcile(_, signal) {
      const instance = deps.cache.get(ContainerInstance, key) ?? (await create(signal))
      if (instance.metadata.deletionTimestamp !== undefined) return done
      const status = registeredStatus(instance, registration, timestamp(deps.clock.now()))
      if (!isEqual(status, instance.status ?? {}))
        await deps.client.updateStatus(ContainerInstance, { ...instance, status }, signal)
      registration.onRegistered()
      return done
    },

    async follow(wake) {
      wake(`${namespace}/${name}`)
    },
  }

  async function create(signal: AbortSignal): Promise<ContainerInstance> {
    const draft: Draft<ContainerInstance> = { metadata: { namespace, name }, spec: { status: 'ACTIVE' } }
    try {
      const made = await deps.client.create(ContainerInstance, draft, signal)
      deps.log.info({ containerInstance: name }, 'container instance registered')
      return made
    } catch (error) {
      if (!isFault(error, 'AlreadyExists')) throw error
      return deps.client.get(ContainerInstance, key, signal)
    }
  }
}
