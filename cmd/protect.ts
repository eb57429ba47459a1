/** `gantry protect`: keeps a service from stopping tasks, as ECS's UpdateTaskProtection (ecs-core 2.3, 4.9). */
import { Command, InvalidArgumentError } from 'commander'
import { Service } from '../api/v1/service.ts'
import { isStopped, isStopping, Task } from '../api/v1/task.ts'
import { isBlockedByProtection, protectionFor, protectionTime } from '../api/v1/task-protection.ts'
import { serviceLabel } from '../api/v1/well-known.ts'
import { Fault, isFault } from '../lib/errors.ts'
import type { Millis } from '../lib/time.ts'
import { type ClientFlags, duration, withClientFlags } from './options.ts'
import type { Session } from './session.ts'
import { taskKind, taskNameOf } from './task-argument.ts'
import type { Terminal } from './terminal.ts'

interface ProtectFlags extends ClientFlags {
  readonly for: Millis
  readonly off?: boolean
}

export const protectCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('protect'))
    .description('protect tasks of a service from scale-in, rollouts and drains, for some time')
    .argument('<task...>', 'as: TASK, task/TASK')
    .option(
      '--for <time>',
      'how long from now, 1m to 48h (default: 2h); again: anew',
      protectedFor,
      protectionTime.usual,
    )
    .option('--off', 'end the protection now')
    .action(async (words: readonly string[], flags: ProtectFlags) => {
      const names = words.map((word) => taskNameOf(word, 'only tasks can be protected'))
      const { openSession } = await import('./session.ts')
      const session = await openSession(flags, terminal)
      // one after another: each counts for the next
      for (const name of names) terminal.out(`task.gantry.dev/${name} ${await protect(session, name, flags)}`)
    })

function protectedFor(text: string): Millis {
  const time = duration(text)
  if (time < protectionTime.least || time > protectionTime.most) throw new InvalidArgumentError('Allowed: 1m to 48h.')
  return time
}

/** What became of it. Faults: NotFound; Conflict in ECS's words; those of a write. */
async function protect(session: Session, name: string, flags: ProtectFlags): Promise<string> {
  const { client, clock, keyOf, signal } = session
  const key = keyOf(taskKind, name)
  const task = await client.get(Task, key, signal)
  if (flags.off !== true) await allow(session, task)
  const protection = flags.off === true ? null : protectionFor(clock.now(), flags.for)
  await client.patch(Task, key, { type: 'merge', body: { spec: { protection } } }, signal)
  return protection === null ? 'is not protected' : `is protected until ${protection.expirationDate}`
}

async function allow({ client, clock, namespace, signal }: Session, task: Task): Promise<void> {
  const { name, labels } = task.metadata
  if (isStopped(task) || isStopping(task)) throw new Fault('Conflict', `task ${name} is stopping (TASK_NOT_VALID)`)
  const service = labels?.[serviceLabel]
  if (service === undefined) return // the server says what tasks can be protected
  const labelSelector = `${serviceLabel}=${service}`
  const { items } = await client.list(Task, { namespace, labelSelector }, signal)
  const owner = await client.get(Service, { namespace, name: service }, signal).catch((error: unknown) => {
    if (isFault(error, 'NotFound', 'Forbidden')) return undefined // a long name is shortened in the label
    throw error
  })
  if (owner === undefined || !isBlockedByProtection(owner, items, task, clock.now())) return
  const text = `the service's deployment is in progress and more tasks than it wants would be protected (DEPLOYMENT_BLOCKED)`
  throw new Fault('Conflict', `task ${name} cannot be protected now: ${text}`)
}
