/** What users do in the end, so that nothing is left that cannot be done. */
import { Service } from '../../api/v1/service.ts'
import { TaskDefinition } from '../../api/v1/task-definition.ts'
import { isFault } from '../../lib/errors.ts'
import { isBad } from './definition-step.ts'
import { endedBadly, rests } from './failed-deployments.ts'
import { leftBehind, scriptOf } from './revisions.ts'
import { cluster, type World } from './world.ts'

const signal = new AbortController().signal
const at = (name: string) => ({ namespace: cluster, name })

export async function unblock({ user, model }: World): Promise<void> {
  for (const { metadata, spec } of model.all<Service>('Service')) {
    const body = { spec: { deploymentConfiguration: { lifecycleHooks: null } } }
    if (spec.deploymentConfiguration?.lifecycleHooks !== undefined)
      await user.patch(Service, at(metadata.name), { type: 'merge', body }, signal)
    if (spec.paused === true)
      await user.patch(Service, at(metadata.name), { type: 'merge', body: { spec: { paused: null } } }, signal)
    if (spec.schedulingStrategy === 'DAEMON') continue
    const desired = spec.desiredCount ?? 0
    const { minimumHealthyPercent: min = 100, maximumPercent: max = 200 } = spec.deploymentConfiguration ?? {}
    const stuck = Math.ceil((desired * min) / 100) === desired && Math.floor((desired * max) / 100) === desired
    if (!stuck || metadata.deletionTimestamp !== undefined) continue
    const raised = { spec: { deploymentConfiguration: { maximumPercent: 200 } } }
    await user.patch(Service, at(metadata.name), { type: 'merge', body: raised }, signal)
  }
}

/** Families first: a service cannot follow one whose newest revision is INACTIVE, and is tried again when there is another. */
export async function repair(world: World, all: boolean): Promise<void> {
  const { user, model } = world
  const services = [...model.all<Service>('Service')]
  const resting = new Set(
    services.filter((service) => !all && rests(service, model)).map(({ metadata }) => metadata.name),
  )
  for (const { metadata, spec } of model.all<TaskDefinition>('TaskDefinition')) {
    const [app, ...others] = spec.containerDefinitions
    const script = scriptOf(spec.containerDefinitions)
    const left = leftBehind(model, metadata.name)
    if (app === undefined || !(isBad(script) || left !== undefined) || resting.has(metadata.name)) continue
    const environment = [
      { name: 'GANTRY_FAKE', value: isBad(script) ? '' : script },
      ...(left === undefined ? [] : [{ name: 'AFTER', value: left.metadata.name }]),
    ]
    const body = { spec: { containerDefinitions: [{ ...app, environment }, ...others] } }
    await user.patch(TaskDefinition, { namespace: '', name: metadata.name }, { type: 'merge', body }, signal)
  }
  for (const { metadata, spec } of services) {
    const { name, deletionTimestamp } = metadata
    if (resting.has(name) || spec.taskDefinition === name || deletionTimestamp !== undefined) continue
    const body = { spec: { taskDefinition: name } }
    await user.patch(Service, at(name), { type: 'merge', body }, signal).catch((error: unknown) => {
      if (!isFault(error, 'Invalid')) throw error
    })
  }
}

/** What could not be repaired at first is tried again, too. */
export async function retry(world: World, all: boolean): Promise<void> {
  await repair(world, all)
  for (const service of world.model.all<Service>('Service')) {
    if (!endedBadly(service, world.model) || (!all && rests(service, world.model))) continue
    if (service.metadata.deletionTimestamp !== undefined) continue
    await repair(world, true)
    await restart(world, service.metadata.name)
  }
}

/** A new deployment of the same thing. */
export async function restart({ user, clock }: World, service: string): Promise<void> {
  const annotations = { 'gantry.dev/force-new-deployment': String(clock.now()) }
  await user.patch(Service, at(service), { type: 'merge', body: { metadata: { annotations } } }, signal)
}
