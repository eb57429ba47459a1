/** `gantry up`: a whole Gantry in one process: embedded store, API server, controllers, and an agent on this machine. */
import { mkdir, realpath } from 'node:fs/promises'
import { hostname } from 'node:os'
import { Command } from 'commander'
import { systemClock } from '../lib/clock.ts'
import { stderrLogger } from '../lib/log.ts'
import { systemRandom } from '../lib/random.ts'
import { agentOptions } from './agent-options.ts'
import { auditOptions } from './audit-options.ts'
import { type ControllerFlags, controllerOptions, withControllerFlags } from './controller-options.ts'
import { upInstanceName } from './instance-name.ts'
import { type InstanceFlags, type ServerFlags, withInstanceFlags, withServerFlags } from './options.ts'
import { tellReady } from './ready.ts'
import { untilSignalled } from './signals.ts'
import type { Terminal } from './terminal.ts'

interface UpFlags extends ServerFlags, InstanceFlags, ControllerFlags {}

/** Only the API server of this very process asks for logs. */
const logListen = { host: '127.0.0.1', port: 0 }

export const upCommand = (terminal: Terminal): Command =>
  withControllerFlags(withInstanceFlags(withServerFlags(new Command('up'), terminal.defaultDataDir)))
    .description('run everything on this machine in one process: API server, controllers, and an agent')
    .action(async (flags: UpFlags) => {
      const signal = untilSignalled()
      const [{ serve }, { openStore }, { runAgent }, { dockerEngine }] = await Promise.all([
        import('./serve.ts'),
        import('./open-store.ts'),
        import('../controllers/agent/agent.ts'),
        import('../controllers/agent/engine/docker.ts'),
      ])
      const parts = { clock: systemClock, random: systemRandom, log: stderrLogger(flags.logLevel) }
      await mkdir(flags.dataDir, { recursive: true, mode: 0o700 })
      const dataDir = await realpath(flags.dataDir)
      const name = flags.name ?? upInstanceName(hostname(), dataDir, terminal.defaultDataDir)
      await using store = await openStore({ dataDir }, parts)
      await serve(
        {
          ...parts,
          ...flags,
          ...auditOptions(flags, false),
          settings: controllerOptions(flags),
          store: store.of,
          alone: store.alone,
          dataDir,
          onReady: (ready) => tellReady(terminal, flags, ready),
          beside: ({ client, authority }, s) =>
            runAgent(
              {
                ...parts,
                client,
                engine: dockerEngine(parts),
                options: agentOptions(flags, name, { listen: logListen, clientCa: authority }),
              },
              s,
            ),
        },
        signal,
      )
    })
