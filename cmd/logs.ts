/** `gantry logs`: what a task's container has written. */
import { Command } from 'commander'
import { Task } from '../api/v1/task.ts'
import { type ClientFlags, output, wholeNumber, withClientFlags } from './options.ts'
import { getStream } from './server-request.ts'
import { taskKind, taskNameOf } from './task-argument.ts'
import type { Terminal } from './terminal.ts'

interface LogsFlags extends ClientFlags {
  readonly container?: string
  readonly follow?: boolean
  readonly tail?: number
  readonly output?: 'json'
}

export const logsCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('logs'))
    .description("print a task's log: TASK or task/TASK")
    .argument('<task>', 'name of the task')
    .option('-c, --container <name>', 'which container (default: the first one of the task definition)')
    .option('-f, --follow', 'go on as more is written, until the container stops')
    .option('--tail <lines>', 'only so many lines from the end', wholeNumber)
    .addOption(output('json'))
    .action(async (task: string, flags: LogsFlags) => {
      const { openSession } = await import('./session.ts')
      const session = await openSession(flags, terminal)
      const name = taskNameOf(task, 'only tasks have logs')
      const found = await session.client.get(Task, session.keyOf(taskKind, name), session.signal)
      const { namespace = '' } = found.metadata
      const container = flags.container ?? firstContainer(found, terminal)
      const query = new URLSearchParams()
      if (container !== undefined) query.set('container', container)
      if (flags.follow === true) query.set('follow', 'true')
      if (flags.tail !== undefined) query.set('tailLines', String(flags.tail))
      const path = `/apis/gantry.dev/v1/namespaces/${namespace}/tasks/${name}/log?${query}`
      const stream = await getStream(session.kubeConfig, path, session.signal)
      if (flags.output === 'json') await printJson(stream, terminal)
      else for await (const chunk of stream) terminal.raw(chunk)
    })

/** The first one of the task definition, said aloud when there are others; undefined when there is no choice. */
function firstContainer(task: Task, terminal: Terminal): string | undefined {
  const names = (task.status?.containers ?? []).map(({ name }) => name)
  if (names.length < 2) return undefined
  terminal.err(`Showing container ${names[0]} of ${names.join(', ')}: choose with -c`)
  return names[0]
}

/** One JSON object a line, as `{"line":"..."}`. */
async function printJson(stream: AsyncIterable<Uint8Array>, terminal: Terminal): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) terminal.out(JSON.stringify({ line }))
  }
  if (rest !== '') terminal.out(JSON.stringify({ line: rest }))
}
