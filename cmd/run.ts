/** `gantry run`: starts standalone tasks, as ECS's RunTask, and may wait for how they end. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { readDefinition } from '../api/client/read-definition.ts'
import { runTask } from '../api/client/run-task.ts'
import { mostTasksAtOnce, type RunRequest } from '../api/v1/run-task.ts'
import { Task } from '../api/v1/task.ts'
import { Fault } from '../lib/errors.ts'
import { randomSuffix } from '../lib/random.ts'
import { type ClientFlags, output, wholeNumber, withClientFlags } from './options.ts'
import { jsonText } from './output/print.ts'
import { type Ended, followTask } from './run/follow-task.ts'
import { commandWords, isAboutContainer, mainContainer, type OverrideFlags, overridesOf } from './run/overrides.ts'
import type { Session } from './session.ts'
import { taskKind } from './task-argument.ts'
import type { Terminal } from './terminal.ts'

interface RunFlags extends ClientFlags, Omit<OverrideFlags, 'command'> {
  readonly count: number
  readonly command?: string
  readonly startedBy?: string
  readonly group?: string
  readonly tag: readonly { readonly key: string; readonly value: string }[]
  readonly propagateTags?: 'TASK_DEFINITION' | 'NONE'
  readonly enableEcsManagedTags?: boolean
  readonly clientToken?: string
  readonly wait?: boolean
  readonly follow?: boolean
  readonly rm?: boolean
  readonly output?: 'json' | 'name'
}

/** Characters of the suffix that makes a task's name unique. */
const suffixLength = 8

export const runCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('run'))
    .description('run tasks of a task definition once: gantry run web:3 -- npm run migrate')
    .argument('<definition>', 'task definition: FAMILY, FAMILY:REVISION')
    .argument('[command...]', 'after --: replaces the command of the container')
    .option('--count <n>', `how many, 1 to ${mostTasksAtOnce}`, count, 1)
    .option('-e, --env <name=value>', 'sets an environment variable of the container; may be repeated', collected)
    .option('--command <words>', 'replaces the command: words, or a JSON list')
    .option('--image <image>', 'replaces the image of the container')
    .option('-c, --container <name>', 'the container that these are about (default: the essential one)')
    .option('--cpu <amount>', "replaces the task's cpu: 256, .25 vCPU")
    .option('--memory <amount>', "replaces the task's memory: 512, 0.5 GB")
    .option('--overrides <json>', "all overrides, in ECS's JSON")
    .option('--started-by <text>', 'who started them')
    .option('--group <name>', 'the group that spread and affinity count by (default: family:FAMILY)')
    .option('--tag <key=value>', 'a tag of the tasks; may be repeated', tag, [])
    .addOption(
      new Option('--propagate-tags <from>', 'where further tags come from').choices(['TASK_DEFINITION', 'NONE']),
    )
    .option('--enable-ecs-managed-tags', 'the tag aws:ecs:clusterName, too')
    .option('--client-token <text>', 'makes it idempotent: the same token and parameters mean the same tasks')
    .option('--wait', 'wait until they have stopped; exit with the code of the essential container')
    .option('-f, --follow', 'as --wait, and print what the container writes')
    .option('--rm', 'delete the tasks once they have stopped; with --wait or --follow')
    .addOption(output('json', 'name'))
    .action(async (definition: string, words: readonly string[], flags: RunFlags) => {
      const waits = flags.wait === true || flags.follow === true
      if (flags.rm === true && !waits) throw new Fault('BadRequest', '--rm goes with --wait or --follow')
      const { openSession } = await import('./session.ts')
      const session = await openSession(flags, terminal)
      const request = await requestOf(session, definition, words, flags)
      const unique = randomSuffix(session.random, suffixLength)
      const ran = await runTask(session.client, { request, namespace: session.namespace, unique }, session.signal)
      for (const { task, isNew } of ran) said(terminal, task, isNew, flags)
      const names = ran.map(({ task }) => task.metadata.name)
      const ended = waits ? await endsOf(session, terminal, names, flags) : undefined
      if (flags.output === 'json') terminal.out(jsonText((ended ?? ran).map(({ task }) => task)))
      process.exitCode = ended?.find(({ exitCode }) => exitCode !== 0)?.exitCode ?? 0
    })

function count(text: string): number {
  const n = wholeNumber(text)
  if (n > mostTasksAtOnce) throw new InvalidArgumentError(`Allowed: 1 to ${mostTasksAtOnce}.`)
  return n
}

const collected = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]

function tag(text: string, before: RunFlags['tag']): RunFlags['tag'] {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (key === undefined || value === undefined) throw new InvalidArgumentError('Allowed: KEY=VALUE.')
  return [...before, { key, value }]
}

async function requestOf(
  session: Session,
  taskDefinition: string,
  words: readonly string[],
  flags: RunFlags,
): Promise<RunRequest> {
  if (words.length > 0 && flags.command !== undefined)
    throw new Fault('BadRequest', 'give the command by --command or after --, not both')
  const command = words.length > 0 ? words : flags.command === undefined ? undefined : commandWords(flags.command)
  const { command: _, ...rest } = flags
  const wanted: OverrideFlags = command === undefined ? rest : { ...rest, command }
  const container = isAboutContainer(wanted)
    ? (flags.container ?? mainContainer(await readDefinition(session.client, taskDefinition, session.signal)))
    : undefined
  const overrides = overridesOf(wanted, container)
  const spec = {
    ...(overrides === undefined ? {} : { overrides }),
    ...(flags.group === undefined ? {} : { group: flags.group }),
    ...(flags.startedBy === undefined ? {} : { startedBy: flags.startedBy }),
    ...(flags.tag.length === 0 ? {} : { tags: [...flags.tag] }),
  }
  return {
    taskDefinition,
    count: flags.count,
    clientToken: flags.clientToken,
    propagateTags: flags.propagateTags,
    enableECSManagedTags: flags.enableEcsManagedTags,
    spec,
  }
}

/** While output is followed, standard output is the container's. */
function said(terminal: Terminal, { metadata }: Task, isNew: boolean, flags: RunFlags): void {
  const title = `task.gantry.dev/${metadata.name}`
  if (flags.output === 'name') terminal.out(title)
  else if (flags.output === undefined)
    terminal[flags.follow === true ? 'err' : 'out'](`${title} ${isNew ? 'created' : 'unchanged'}`)
}

async function endsOf(
  session: Session,
  terminal: Terminal,
  names: readonly string[],
  { follow = false, rm = false, container }: RunFlags,
): Promise<readonly Ended[]> {
  const options = { output: follow, named: names.length > 1, ...(container === undefined ? {} : { container }) }
  return Promise.all(
    names.map(async (name) => {
      const ended = await followTask(session, terminal, name, options)
      const { stopCode = '', stoppedReason = '' } = ended.task.status ?? {}
      terminal.err(`task ${name} stopped, exit code ${ended.exitCode}: ${stoppedReason} (${stopCode})`)
      if (rm) await session.client.delete(Task, session.keyOf(taskKind, name), {}, session.signal)
      return ended
    }),
  )
}
