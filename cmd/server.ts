/** `gantry server`: API server and controllers, for agents elsewhere; several of them share one etcd. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { systemClock } from '../lib/clock.ts'
import { stderrLogger } from '../lib/log.ts'
import { systemRandom } from '../lib/random.ts'
import { auditOptions } from './audit-options.ts'
import { type ControllerFlags, controllerOptions, withControllerFlags } from './controller-options.ts'
import { type ServerFlags, type StoreKind, storeKinds, withServerFlags } from './options.ts'
import { tellReady } from './ready.ts'
import { untilSignalled } from './signals.ts'
import type { Terminal } from './terminal.ts'

interface Flags extends ServerFlags, ControllerFlags {
  readonly store: StoreKind
  readonly etcdEndpoints?: readonly string[]
  readonly etcdPrefix?: string
  readonly controllers: 'all' | 'kubernetes'
}

export const serverCommand = (terminal: Terminal): Command =>
  withControllerFlags(withServerFlags(new Command('server'), terminal.defaultDataDir))
    .description('run the API server and the controllers; agents on other machines join with `gantry agent`')
    .addOption(new Option('--store <kind>', 'where resources are kept').choices([...storeKinds]).default('embedded'))
    .addOption(
      new Option('--controllers <which>', 'kubernetes: only what a Kubernetes cluster does by itself, for an operator')
        .choices(['all', 'kubernetes'])
        .default('all')
        .hideHelp(),
    )
    .option('--etcd-endpoints <url,...>', 'the members of etcd (for --store etcd)', endpoints)
    .action(async (flags: Flags) => {
      const signal = untilSignalled()
      const [{ serve }, { openStore }] = await Promise.all([import('./serve.ts'), import('./open-store.ts')])
      const log = stderrLogger(flags.logLevel)
      const parts = { clock: systemClock, random: systemRandom, log }
      await using store = await openStore(flags, parts)
      await serve(
        {
          ...parts,
          ...flags,
          ...auditOptions(flags, true),
          settings: controllerOptions(flags),
          store: store.of,
          alone: store.alone,
          onReady: (at) => tellReady(terminal, flags, at),
        },
        signal,
      )
    })

function endpoints(text: string): readonly string[] {
  const urls = text.split(',').map((url) => url.trim())
  const wrong = urls.find((url) => !/^https?:\/\/[^/\s]+\/?$/.test(url))
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is not of the form http://HOST:PORT.`)
  return urls.map((url) => url.replace(/\/$/, ''))
}
