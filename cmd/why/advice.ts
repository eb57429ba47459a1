/** What to do about each cause, by the name that programs know it by. */
import { containerRestarted } from './restarts.ts'

/** The names in a command line that the advice is filled with. */
export interface AdviceNames {
  readonly task: string
  readonly taskDefinition: string
  readonly container: string | undefined
  readonly instance: string | undefined
}

const logs = ({ task, container }: AdviceNames): string =>
  `Read what it wrote: gantry logs ${task}${container === undefined ? '' : ` -c ${container}`}`
const definition = ({ taskDefinition }: AdviceNames): string =>
  `the task definition (gantry get taskdefinitionrevision ${taskDefinition} -o yaml)`

const table: Readonly<Record<string, (names: AdviceNames) => readonly string[]>> = {
  NoContainerInstances: () => [
    'Start an agent on a machine with Docker and join it: gantry token create, then gantry agent.',
  ],
  InsufficientCpu: (names) => [`Lower cpu in ${definition(names)}, stop other tasks, or join another instance.`],
  InsufficientMemory: (names) => [
    `Lower memory or memoryReservation in ${definition(names)}, stop other tasks, or join another instance.`,
  ],
  PortInUse: (names) => [`Leave hostPort out of ${definition(names)}: a port of its own is then chosen for each task.`],
  ConstraintNotMet: () => [
    'Compare the placement constraints with the attributes: gantry describe containerinstances.',
  ],
  NotDistinct: () => [
    'distinctInstance allows one task on each instance: join another instance or ask for fewer tasks.',
  ],
  NotPlaceable: () => [
    'See which instances are ACTIVE and connected: gantry get containerinstances. One that is DRAINING takes tasks again when its spec.status is ACTIVE.',
  ],
  TaskDefinitionNotFound: (names) => [`Apply the task definition that ${names.taskDefinition} names.`],
  CannotPullContainerError: (names) => [
    `Check the image name and tag in ${definition(names)}, and that the instance reaches the registry.`,
    'A service goes on with the digest that its tag had when it was deployed; gantry restart SERVICE takes what the tag stands for now.',
  ],
  CannotCreateContainerError: (names) => [`Check command, volumes and mounts in ${definition(names)}.`],
  CannotStartContainerError: (names) => [`Check command, entryPoint and ports in ${definition(names)}.`],
  OutOfMemoryError: (names) => [`Raise memory in ${definition(names)}: the process needed more than its limit.`],
  ResourceInitializationError: (names) => [`Check what the task needs from its instance in ${definition(names)}.`],
  CommandNotFound: (names) => [`Check command and entryPoint in ${definition(names)}: the image has no such program.`],
  ExitedWithFailure: (names) => [logs(names)],
  ExitedWithSuccess: (names) => [
    `A service's container must keep running: give it a command that does not end, or run it with gantry run. ${logs(names)}`,
  ],
  KilledBySignal: (names) => [logs(names)],
  [containerRestarted]: (names) => [logs(names)],
  ContainerUnhealthy: (names) => [
    `Run the health check's command by hand, or give it more time (startPeriod, retries, timeout) in ${definition(names)}.`,
    logs(names),
  ],
  TerminationNotice: ({ instance }) => [
    `Look at the machine and its agent: gantry describe containerinstance ${instance ?? ''}`.trimEnd(),
  ],
  TasksMayStillRun: ({ instance }) => [
    `Start the agent on ${instance ?? 'its machine'} again: it knows what became of the task, and stops it.`,
    `If the machine is gone for good, say so: gantry delete containerinstance ${instance ?? 'NAME'}`,
  ],
  AgentDisconnected: ({ instance }) => [
    `See whether the agent runs on ${instance ?? 'its machine'} and reaches the API server.`,
  ],
}

/** What to do about a chain of causes: of its last link that anything can be done about. */
export function adviceFor(reasons: readonly string[], names: AdviceNames): readonly string[] {
  for (const reason of reasons.toReversed()) {
    const advice = table[reason]
    if (advice !== undefined) return advice(names)
  }
  return []
}

/** When what is to run cannot be made: what to do about its one reason, of no task yet. */
export const missingAdvice = (taskDefinition: string, reason: string): readonly string[] =>
  adviceFor([reason], { task: '', taskDefinition, container: undefined, instance: undefined })

/** When tasks that should go are protected (ecs-core 4.9). */
export const protectedAdvice = (tasks: readonly string[]): string =>
  `Wait until the protection ends, or end it: gantry protect ${tasks.length === 0 ? 'TASK' : tasks.join(' ')} --off`

/** When the next tasks' image cannot be pulled, and what runs stays for that. */
export const unpullableAdvice =
  'Correct the image in the task definition, or push it: it is tried again, and what runs is left alone until then.'

/** When minimum and maximum leave a deployment no step (ecs-core 5.5). */
export const blockedAdvice =
  'Lower minimumHealthyPercent or raise maximumPercent in spec.deploymentConfiguration: now neither a stop nor a start is allowed.'

/** When `spec.paused` holds a rollout. */
export const resumeAdvice = (service: string): string => `Go on with it: gantry rollout resume ${service}`
