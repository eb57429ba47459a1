/**
 * The gantry command line: joins the subcommands and turns what they throw into a message and an exit code. Commands load
 * what only they need when they run: nobody waits for the Docker client to see a table.
 */
import { Command } from 'commander'
import { messageOf } from '../lib/errors.ts'
import { agentCommand } from './agent.ts'
import { applyCommand } from './apply.ts'
import { deleteCommand } from './delete.ts'
import { deregisterCommand } from './deregister.ts'
import { describeCommand } from './describe.ts'
import { diffCommand } from './diff.ts'
import { getCommand } from './get.ts'
import { kubeConfigCommand } from './kubeconfig.ts'
import { logsCommand } from './logs.ts'
import { operatorCommand } from './operator.ts'
import { packageVersion } from './package-version.ts'
import { protectCommand } from './protect.ts'
import { restartCommand } from './restart.ts'
import { rolloutCommand } from './rollout.ts'
import { runCommand } from './run.ts'
import { scheduleCommand } from './schedule.ts'
import { serverCommand } from './server.ts'
import { stopCommand } from './stop.ts'
import { processTerminal } from './terminal.ts'
import { tokenCommand } from './token.ts'
import { upCommand } from './up.ts'
import { versionCommand } from './version.ts'
import { whyCommand } from './why.ts'

// A launcher of an older Node started us and waits: when it is killed, so are we.
if (process.env.GANTRY_LAUNCHED !== undefined && process.channel !== undefined) {
  delete process.env.GANTRY_LAUNCHED
  process.channel?.unref()
  process.on('disconnect', () => process.exit(137))
}

const terminal = processTerminal()
const program = new Command('gantry')
  .description('Amazon ECS as a Kubernetes-style control plane that anyone can run')
  .version(packageVersion())
  .showSuggestionAfterError()
  .helpCommand(false)
for (const make of [
  upCommand,
  serverCommand,
  agentCommand,
  operatorCommand,
  applyCommand,
  diffCommand,
  getCommand,
  describeCommand,
  whyCommand,
  rolloutCommand,
  restartCommand,
  deleteCommand,
  logsCommand,
  runCommand,
  stopCommand,
  deregisterCommand,
  protectCommand,
  scheduleCommand,
  tokenCommand,
  kubeConfigCommand,
  versionCommand,
])
  program.addCommand(make(terminal))

try {
  await program.parseAsync()
  process.exit()
} catch (error) {
  for (const line of messageOf(error).split('\n')) terminal.err(`error: ${line}`)
  process.exit(1)
}
