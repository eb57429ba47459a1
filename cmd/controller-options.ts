/** What can be set about the controllers, wherever they run: the flags, and what they mean. */
import { type Command, InvalidArgumentError } from 'commander'
import { type Kept, usualKeeping } from '../api/v1/retention.ts'
import { type Millis, millis } from '../lib/time.ts'
import type { ControllerOptions } from './control-plane.ts'
import { limits } from './limits.ts'
import { duration, durationMillis, wholeNumber } from './options.ts'

/** Flags of the commands that run the controllers. */
export interface ControllerFlags {
  readonly instanceLostAfter?: Millis
  readonly stoppedTaskRetention?: Millis
  readonly stoppedTaskLimit?: number
  readonly deploymentRetention?: Millis
  readonly deploymentLimit?: number
}

const { stoppedTasks, deployments } = usualKeeping
const perService = 'a Service can say otherwise: spec.retention'

export const withControllerFlags = (command: Command): Command =>
  command
    .option(
      '--instance-lost-after <time>',
      'without a heartbeat for so long the tasks of an instance are replaced elsewhere (default: 30s)',
      lostAfter,
    )
    .option(
      '--stopped-task-retention <time>',
      `for so long stopped tasks are kept; ${perService} (default: ${inHours(stoppedTasks)})`,
      duration,
    )
    .option(
      '--stopped-task-limit <n>',
      `most stopped tasks kept of a service, or of a group of others (default: ${stoppedTasks.limit})`,
      wholeNumber,
    )
    .option(
      '--deployment-retention <time>',
      `for so long finished deployments are kept; ${perService} (default: ${inHours(deployments)})`,
      duration,
    )
    .option(
      '--deployment-limit <n>',
      `most finished deployments kept of a service (default: ${deployments.limit})`,
      wholeNumber,
    )

const inHours = ({ ttl }: Kept): string => `${ttl / 3_600_000}h`

/** A duration over two heartbeats of an agent: one that is merely late must not cost an instance its tasks. */
export function lostAfter(text: string): Millis {
  const duration = millis(durationMillis(text))
  if (duration < limits.leastLostAfter)
    throw new InvalidArgumentError(`Allowed: at least ${limits.leastLostAfter / 1000}s, two heartbeats of an agent.`)
  return duration
}

/** What the flags say; what they do not say is as the controllers have it. */
export const controllerOptions = (flags: ControllerFlags): ControllerOptions => ({
  ...(flags.instanceLostAfter === undefined ? {} : { instance: { lostAfter: flags.instanceLostAfter } }),
  keep: {
    stoppedTasks: {
      ttl: flags.stoppedTaskRetention ?? stoppedTasks.ttl,
      limit: flags.stoppedTaskLimit ?? stoppedTasks.limit,
    },
    deployments: {
      ttl: flags.deploymentRetention ?? deployments.ttl,
      limit: flags.deploymentLimit ?? deployments.limit,
    },
  },
})
