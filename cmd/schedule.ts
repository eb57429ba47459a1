/** `gantry schedule`: scheduled tasks, run now, suspended and resumed. What kubectl does with an annotation and a field. */
import { Command } from 'commander'
import type { Kind } from '../api/meta/kind.ts'
import { ScheduledTask } from '../api/v1/scheduled-task.ts'
import { runNowAnnotation } from '../api/v1/well-known.ts'
import { Fault } from '../lib/errors.ts'
import { randomSuffix } from '../lib/random.ts'
import { type Millis, timestamp } from '../lib/time.ts'
import { limits } from './limits.ts'
import { type ClientFlags, duration, output, withClientFlags } from './options.ts'
import { jsonText, yamlText } from './output/print.ts'
import { runText, scheduledText } from './output/runs.ts'
import { alignRows, headerOf, rowOf } from './output/table.ts'
import { followRun } from './schedule/follow-run.ts'
import type { Session } from './session.ts'
import type { Terminal } from './terminal.ts'

interface RunFlags extends ClientFlags {
  readonly wait: boolean
  readonly timeout: Millis
  readonly output?: 'json'
}

async function sessionOf(flags: ClientFlags, terminal: Terminal): Promise<Session> {
  const { openSession } = await import('./session.ts')
  return openSession(flags, terminal)
}
const kind = ScheduledTask as unknown as Kind

export const scheduleCommand = (terminal: Terminal): Command =>
  new Command('schedule')
    .description('scheduled tasks: what is due when, and what became of it; "gantry apply" makes them')
    .addCommand(listCommand(terminal))
    .addCommand(describeCommand(terminal))
    .addCommand(runCommand(terminal))
    .addCommand(suspendCommand('suspend', 'nothing is due any more, until they are resumed', true, terminal))
    .addCommand(suspendCommand('resume', 'they are due again; what was not due is not made up for', false, terminal))

const listCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('list'))
    .description('show the scheduled tasks of a cluster')
    .option('-A, --all-clusters', 'of all clusters')
    .addOption(output('json', 'yaml', 'wide'))
    .action(
      async (flags: ClientFlags & { readonly output?: 'json' | 'yaml' | 'wide'; readonly allClusters?: boolean }) => {
        const { client, clock, namespace, signal } = await sessionOf(flags, terminal)
        const scope = flags.allClusters === true ? {} : { namespace }
        const { items } = await client.list(ScheduledTask, scope, signal)
        if (flags.output === 'json') return terminal.out(jsonText(items))
        if (flags.output === 'yaml') return terminal.out(yamlText(items))
        if (items.length === 0) return terminal.err('There are no scheduled tasks.')
        const shape = { wide: flags.output === 'wide', namespaces: flags.allClusters === true, titles: false }
        const options = { ...shape, labels: false, now: clock.now() }
        terminal.out(
          alignRows([headerOf(kind, options), ...items.map((item) => rowOf(kind, item, options))]).join('\n'),
        )
      },
    )

const describeCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('describe'))
    .description('show what is due when, and the history of runs')
    .argument('<name...>', 'scheduled tasks')
    .addOption(output('json', 'yaml'))
    .action(async (names: readonly string[], flags: ClientFlags & { readonly output?: 'json' | 'yaml' }) => {
      const { client, clock, keyOf, signal } = await sessionOf(flags, terminal)
      const found: ScheduledTask[] = []
      for (const name of names) found.push(await client.get(ScheduledTask, keyOf(kind, name), signal))
      const shown = found.length === 1 ? found[0] : found
      if (flags.output === 'json') return terminal.out(jsonText(shown))
      if (flags.output === 'yaml') return terminal.out(yamlText(shown))
      terminal.out(found.map((one) => scheduledText(one, clock.now())).join('\n\n'))
    })

const suspendCommand = (verb: string, what: string, suspend: boolean, terminal: Terminal): Command =>
  withClientFlags(new Command(verb))
    .description(what)
    .argument('<name...>', 'scheduled tasks')
    .action(async (names: readonly string[], flags: ClientFlags) => {
      const { client, keyOf, signal } = await sessionOf(flags, terminal)
      for (const name of names) {
        await client.patch(ScheduledTask, keyOf(kind, name), { type: 'merge', body: { spec: { suspend } } }, signal)
        terminal.out(`scheduledtask.gantry.dev/${name} ${suspend ? 'suspended' : 'resumed'}`)
      }
    })

const runCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('run'))
    .description('run it now, suspended or not; overlapping runs are as its concurrencyPolicy says')
    .argument('<name>', 'scheduled task')
    .option('--wait', 'until the run is over; exit code 1 when it failed', false)
    .option('--timeout <duration>', 'how long to wait', duration, limits.runWait)
    .addOption(output('json'))
    .action(async (name: string, flags: RunFlags) => {
      const session = await sessionOf(flags, terminal)
      const request = `${timestamp(session.clock.now())}-${randomSuffix(session.random)}`
      const body = { metadata: { annotations: { [runNowAnnotation]: request } } }
      await session.client.patch(ScheduledTask, session.keyOf(kind, name), { type: 'merge', body }, session.signal)
      if (flags.output !== 'json') terminal.err(`scheduledtask.gantry.dev/${name}: asked for a run (${request})`)
      const tell = (text: string): void => void (flags.output === 'json' || terminal.err(text))
      const run = await followRun(session, session.keyOf(kind, name), request, { ...flags, tell })
      terminal.out(flags.output === 'json' ? jsonText({ request, run }) : runText(run))
      if (run.status === 'FAILED') throw new Fault('BadRequest', `run ${run.name} failed`)
    })
