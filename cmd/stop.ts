/** `gantry stop`: stops tasks, as ECS's StopTask (ecs-core 2.3). */
import { Command } from 'commander'
import { stopReasons } from '../api/v1/stop-reasons.ts'
import { isStopped, Task } from '../api/v1/task.ts'
import { type ClientFlags, withClientFlags } from './options.ts'
import type { Session } from './session.ts'
import { taskKind, taskNameOf } from './task-argument.ts'
import { untilTask } from './task-watch.ts'
import type { Terminal } from './terminal.ts'

interface StopFlags extends ClientFlags {
  readonly reason: string
  readonly wait?: boolean
}

export const stopCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('stop'))
    .description('stop tasks: SIGTERM, and SIGKILL after stopTimeout; a service replaces what it lost')
    .argument('<task...>', 'as: TASK, task/TASK')
    .option('--reason <text>', "why, kept as the task's stoppedReason", stopReasons.byUser)
    .option('--wait', 'wait until they have stopped')
    .action(async (words: readonly string[], flags: StopFlags) => {
      const names = words.map((word) => taskNameOf(word, 'only tasks can be stopped'))
      const { openSession } = await import('./session.ts')
      const session = await openSession(flags, terminal)
      await Promise.all(
        names.map(async (name) => terminal.out(`task.gantry.dev/${name} ${await stop(session, name, flags)}`)),
      )
    })

/** What became of it. A task that stops already keeps the reason that it has. Faults: NotFound. */
async function stop({ client, keyOf, signal }: Session, name: string, flags: StopFlags): Promise<string> {
  const key = keyOf(taskKind, name)
  const task = await client.get(Task, key, signal)
  if (isStopped(task)) return 'has stopped already'
  const isTold = task.spec.desiredStatus === 'STOPPED'
  const body = { spec: { desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: flags.reason } }
  if (!isTold) await client.patch(Task, key, { type: 'merge', body }, signal)
  if (flags.wait !== true) return isTold ? 'is stopping already' : 'is stopping'
  await untilTask(client, key, isStopped, signal)
  return 'stopped'
}
