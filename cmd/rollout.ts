/** `gantry rollout`: how a service's rollout goes (`status`), what there was (`history`), and back (`undo`). */
import { Command } from 'commander'
import { Service } from '../api/v1/service.ts'
import { Fault } from '../lib/errors.ts'
import type { Millis } from '../lib/time.ts'
import { type ClientFlags, duration, output, withClientFlags } from './options.ts'
import { jsonText, yamlText } from './output/print.ts'
import { alignRows } from './output/table.ts'
import { rolloutFacts } from './rollout/facts.ts'
import { historyRows, undoTarget } from './rollout/history.ts'
import { type Progress, progressOf } from './rollout/progress.ts'
import { serviceKind, serviceNameOf } from './service-argument.ts'
import type { Session } from './session.ts'
import type { Terminal } from './terminal.ts'

interface StatusFlags extends ClientFlags {
  readonly watch: boolean
  readonly timeout?: Millis
}
interface HistoryFlags extends ClientFlags {
  readonly output?: 'json' | 'yaml'
}
interface UndoFlags extends ClientFlags {
  readonly to?: string
}

const session = async (flags: ClientFlags, terminal: Terminal): Promise<Session> =>
  (await import('./session.ts')).openSession(flags, terminal)
const service = 'as: SERVICE, service/SERVICE'

export const rolloutCommand = (terminal: Terminal): Command =>
  new Command('rollout')
    .description("a service's rollouts: status, history, undo")
    .addCommand(
      withClientFlags(new Command('status'))
        .description('wait until the newest rollout has ended; exit code 1 when it failed or was rolled back')
        .argument('<service>', service)
        .option('--no-watch', 'say how far it is and do not wait')
        .option('--timeout <time>', 'give up after so long, as 5m (default: never)', duration)
        .action(async (word: string, flags: StatusFlags) => {
          await showStatus(await session(flags, terminal), serviceNameOf(word), flags, terminal)
        }),
    )
    .addCommand(
      withClientFlags(new Command('history'))
        .description('the deployments that are remembered, the newest last')
        .argument('<service>', service)
        .addOption(output('json', 'yaml'))
        .action(async (word: string, flags: HistoryFlags) => {
          const asking = await session(flags, terminal)
          const facts = await rolloutFacts(asking, asking.keyOf(serviceKind, serviceNameOf(word)))
          if (flags.output === 'json') return terminal.out(jsonText(facts.deployments))
          if (flags.output === 'yaml') return terminal.out(yamlText(facts.deployments))
          terminal.out(alignRows(historyRows(facts, asking.clock.now())).join('\n'))
        }),
    )
    .addCommand(
      withClientFlags(new Command('undo'))
        .description('pin the service to the revision that the last completed deployment before ran')
        .argument('<service>', service)
        .option('--to <task-definition>', 'to this revision instead, as web:3')
        .action(async (word: string, flags: UndoFlags) => {
          await undo(await session(flags, terminal), serviceNameOf(word), flags, terminal)
        }),
    )

async function undo(asking: Session, name: string, { to }: UndoFlags, terminal: Terminal): Promise<void> {
  const key = asking.keyOf(serviceKind, name)
  const taskDefinition = to ?? undoTarget(await rolloutFacts(asking, key))
  if (taskDefinition === undefined)
    throw new Fault(
      'BadRequest',
      `service ${name} has completed no deployment of another revision: nothing to go back to`,
    )
  await asking.client.patch(Service, key, { type: 'merge', body: { spec: { taskDefinition } } }, asking.signal)
  terminal.out(`service.gantry.dev/${name} pinned to ${taskDefinition}`)
}

/** A line whenever it changes, until it has ended. Faults: Unavailable when it failed or time is over; NotFound. */
async function showStatus(asking: Session, name: string, flags: StatusFlags, terminal: Terminal): Promise<void> {
  const key = asking.keyOf(serviceKind, name)
  const over = new AbortController()
  const late = new Fault('Timeout', `the rollout of service ${name} has not ended in time`)
  const cancel = flags.timeout === undefined ? undefined : asking.clock.after(flags.timeout, () => over.abort(late))
  const signal = AbortSignal.any([asking.signal, over.signal])
  try {
    for await (const { is, line } of progress({ ...asking, signal }, key)) {
      if (is === 'failed') throw new Fault('Conflict', line)
      terminal.out(line)
      if (is === 'succeeded' || !flags.watch) return
    }
  } catch (error) {
    throw over.signal.aborted ? late : error
  } finally {
    cancel?.()
  }
}

/** What there is to say, whenever it is something else. The service's status changes with all of it. */
async function* progress(asking: Session, key: ReturnType<Session['keyOf']>): AsyncIterable<Progress> {
  const { client, signal } = asking
  const scope = { namespace: key.namespace, fieldSelector: `metadata.name=${key.name}` }
  let said = ''
  for (;;) {
    const { resourceVersion } = await client.list(Service, scope, signal)
    let now = progressOf(await rolloutFacts(asking, key))
    if (now.line !== said) yield now
    said = now.line
    for await (const { type } of client.watch(Service, { ...scope, resourceVersion }, signal)) {
      if (type === 'BOOKMARK') continue
      now = progressOf(await rolloutFacts(asking, key))
      if (now.line !== said) yield now
      said = now.line
    }
  }
}
