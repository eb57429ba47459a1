/** `gantry rollout`: how a service's rollout goes, what there was, what took long, and what a person wants of it. */
import { Command } from 'commander'
import { Service } from '../api/v1/service.ts'
import type { StopType } from '../api/v1/service-deployment.ts'
import { labelValue } from '../api/v1/service-names.ts'
import { Task } from '../api/v1/task.ts'
import { serviceLabel } from '../api/v1/well-known.ts'
import { Fault } from '../lib/errors.ts'
import type { Millis } from '../lib/time.ts'
import { type ClientFlags, duration, output, withClientFlags } from './options.ts'
import { jsonText, yamlText } from './output/print.ts'
import { alignRows } from './output/table.ts'
import { rolloutFacts } from './rollout/facts.ts'
import { historyRows, undoTarget } from './rollout/history.ts'
import { answerHooks, promote, requestStop, setPaused } from './rollout/requests.ts'
import { showStatus } from './rollout/status.ts'
import { type Timeline, timelineOf, timelineText } from './rollout/timeline.ts'
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
interface TimelineFlags extends HistoryFlags {
  readonly deployment?: string
}
interface ContinueFlags extends ClientFlags {
  readonly hook?: string
  readonly rollback?: boolean
}
interface UndoFlags extends ClientFlags {
  readonly to?: string
}

const session = async (flags: ClientFlags, terminal: Terminal): Promise<Session> =>
  (await import('./session.ts')).openSession(flags, terminal)
const service = 'as: SERVICE, service/SERVICE'

export const rolloutCommand = (terminal: Terminal): Command =>
  new Command('rollout')
    .description("a service's rollouts: how they go, what there was, what took long, and what shall become of them")
    .addCommand(
      withClientFlags(new Command('status'))
        .description('wait until the newest rollout has ended; exit code 1 when it failed or was rolled back')
        .argument('<service>', service)
        .option('--no-watch', 'say how far it is and do not wait')
        .option('--timeout <time>', 'give up after so long, as 5m (default: never)', duration)
        .action(async (word: string, flags: StatusFlags) => {
          const asking = await session(flags, terminal)
          await showStatus(asking, asking.keyOf(serviceKind, serviceNameOf(word)), flags, terminal)
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
      withClientFlags(new Command('timeline'))
        .description('where the time of a deployment went: placed, pulled, started, healthy, drained')
        .argument('<service>', service)
        .option('--deployment <n>', 'that of this number, or name (default: the newest)')
        .addOption(output('json', 'yaml'))
        .action(async (word: string, flags: TimelineFlags) => {
          const timeline = await timelineAsked(await session(flags, terminal), serviceNameOf(word), flags)
          if (flags.output === 'json') return terminal.out(jsonText(timeline))
          if (flags.output === 'yaml') return terminal.out(yamlText(timeline))
          terminal.out(timelineText(timeline))
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
    .addCommand(
      stopping(
        terminal,
        'abort',
        'ABORT',
        'end the rollout in progress where it is; the service asks for something else next',
      ),
    )
    .addCommand(
      stopping(
        terminal,
        'rollback',
        'ROLLBACK',
        'end the rollout in progress by going back to the last completed deployment',
      ),
    )
    .addCommand(
      withClientFlags(new Command('promote'))
        .description('wait no longer in the present step or bake time: a canary goes to all tasks')
        .argument('<service>', service)
        .action(async (word: string, flags: ClientFlags) => {
          const deployment = await promote(await session(flags, terminal), serviceNameOf(word))
          terminal.out(`servicedeployment.gantry.dev/${deployment} promoted`)
        }),
    )
    .addCommand(
      withClientFlags(new Command('continue'))
        .description('answer the lifecycle hooks that wait for a person')
        .argument('<service>', service)
        .option('--hook <id>', 'only this one, as in status.lifecycleHookDetails')
        .option('--rollback', 'do not go on: they fail')
        .action(async (word: string, flags: ContinueFlags) => {
          const action = flags.rollback === true ? 'ROLLBACK' : 'CONTINUE'
          const answer = { action, hook: flags.hook } as const
          const deployment = await answerHooks(await session(flags, terminal), serviceNameOf(word), answer)
          terminal.out(`servicedeployment.gantry.dev/${deployment} answered: ${action}`)
        }),
    )
    .addCommand(
      pausing(terminal, 'pause', true, 'hold a rollout where it is, and begin none; scaling and replacing tasks go on'),
    )
    .addCommand(pausing(terminal, 'resume', false, 'go on with what was paused'))

const stopping = (terminal: Terminal, verb: string, type: StopType, what: string): Command =>
  withClientFlags(new Command(verb))
    .description(what)
    .argument('<service>', service)
    .action(async (word: string, flags: ClientFlags) => {
      const deployment = await requestStop(await session(flags, terminal), serviceNameOf(word), type)
      terminal.out(`servicedeployment.gantry.dev/${deployment} ${verb} requested`)
    })

const pausing = (terminal: Terminal, verb: string, paused: boolean, what: string): Command =>
  withClientFlags(new Command(verb))
    .description(what)
    .argument('<service>', service)
    .action(async (word: string, flags: ClientFlags) => {
      const name = serviceNameOf(word)
      await setPaused(await session(flags, terminal), name, paused)
      terminal.out(`service.gantry.dev/${name} ${verb}d`)
    })

async function timelineAsked(asking: Session, name: string, { deployment: asked }: TimelineFlags): Promise<Timeline> {
  const { deployments } = await rolloutFacts(asking, asking.keyOf(serviceKind, name))
  const deployment =
    asked === undefined
      ? deployments.at(-1)
      : deployments.find(({ metadata, spec }) => metadata.name === asked || String(spec.deployment) === asked)
  if (deployment === undefined)
    throw new Fault('NotFound', `service ${name} has no deployment${asked === undefined ? ' yet' : ` ${asked}`}`)
  const scope = { namespace: asking.namespace, labelSelector: `${serviceLabel}=${labelValue(name)}` }
  const { items } = await asking.client.list(Task, scope, asking.signal)
  return timelineOf(deployment, items, asking.clock.now())
}

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
