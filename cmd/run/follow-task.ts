/** Follows a task that was run to its end, with its output when asked for. */
import { isStopped, lastStatusOf, revisionNameOf, type Task } from '../../api/v1/task.ts'
import { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { getStream } from '../server-request.ts'
import type { Session } from '../session.ts'
import { taskKind } from '../task-argument.ts'
import { untilTask } from '../task-watch.ts'
import type { Terminal } from '../terminal.ts'
import { exitCodeOf, neverRan } from './exit-code.ts'
import { hindranceTeller } from './hindrance.ts'
import { mainContainer } from './overrides.ts'

export interface FollowOptions {
  /** The container to show; undefined: the main one. */
  readonly container?: string
  /** Whether to show its output. */
  readonly output: boolean
  /** Each line begins with the task's name. */
  readonly named: boolean
}

export interface Ended {
  readonly task: Task
  readonly exitCode: number
}

const hasBegun = (task: Task): boolean => lastStatusOf(task) === 'RUNNING' || isStopped(task)

/** Resolves when the task has stopped and its output was shown; says why it does not begin. Faults: NotFound when it is deleted. */
export async function followTask(
  session: Pick<Session, 'client' | 'kubeConfig' | 'keyOf' | 'signal'>,
  terminal: Pick<Terminal, 'err' | 'out' | 'raw'>,
  name: string,
  { container, output, named }: FollowOptions,
): Promise<Ended> {
  const { client, signal } = session
  const key = session.keyOf(taskKind, name)
  const tell = hindranceTeller(terminal.err)
  const seen = (task: Task): boolean => {
    tell(task)
    return hasBegun(task)
  }
  const begun = await untilTask(client, key, seen, signal)
  const revision = revisionNameOf(begun)
  if (revision === undefined) return { task: begun, exitCode: neverRan }
  const { taskDefinition } = (await client.get(TaskDefinitionRevision, { namespace: '', name: revision }, signal)).spec
  if (output && begun.status?.startedAt !== undefined)
    await show(session, terminal, begun, container ?? mainContainer(taskDefinition), named)
  const task = await untilTask(client, key, isStopped, signal)
  const essential = taskDefinition.containerDefinitions.filter((one) => one.essential).map((one) => one.name)
  return { task, exitCode: exitCodeOf(task, new Set(essential)) }
}

async function show(
  { kubeConfig, signal }: Pick<Session, 'kubeConfig' | 'signal'>,
  terminal: Pick<Terminal, 'out' | 'raw'>,
  { metadata: { namespace = '', name } }: Task,
  container: string,
  named: boolean,
): Promise<void> {
  const query = new URLSearchParams({ container, follow: 'true' })
  const path = `/apis/gantry.dev/v1/namespaces/${namespace}/tasks/${name}/log?${query}`
  const stream = await getStream(kubeConfig, path, signal)
  if (!named) for await (const chunk of stream) terminal.raw(chunk)
  else for await (const line of linesOf(stream)) terminal.out(`${name}: ${line}`)
}

async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}
