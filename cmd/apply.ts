/** `gantry apply`: makes the server's objects what the files say. */
import { Command, Option } from 'commander'
import { allKinds } from '../api/v1/kinds.ts'
import { Fault } from '../lib/errors.ts'
import { applyAll } from './apply/apply-all.ts'
import { checkLocally } from './apply/check-locally.ts'
import { type Manifest, readManifests } from './manifest/manifest.ts'
import { readSources } from './manifest/source.ts'
import { type ClientFlags, output, withClientFlags } from './options.ts'
import { printed } from './output/print.ts'
import type { Terminal } from './terminal.ts'

interface ApplyFlags extends ClientFlags {
  readonly filename: readonly string[]
  readonly recursive?: boolean
  readonly dryRun?: 'server' | 'client' | 'none'
  readonly applyset?: string
  readonly prune?: boolean
  readonly allowEmpty?: boolean
  readonly output?: 'json' | 'yaml' | 'name'
}

export const applyCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('apply'))
    .description('create or change objects so that they are as files say (YAML or JSON, many documents)')
    .requiredOption('-f, --filename <file...>', 'files or folders; - for standard input')
    .option('-R, --recursive', 'folders with all that is below them')
    .addOption(
      new Option('--dry-run <how>', 'change nothing: server asks it what it would do, client only checks the files')
        .choices(['none', 'server', 'client'])
        .default('none'),
    )
    .option('--applyset <name>', 'what is applied belongs to this set, kept in a ConfigMap of the cluster')
    .option('--prune', 'delete what belongs to the set and is no longer in the files')
    .option('--allow-empty', 'let --prune delete the whole set when the files have no object')
    .addOption(output('json', 'yaml', 'name'))
    .action(async (flags: ApplyFlags) => {
      checkFlags(flags)
      // All is read before anything is sent: what is not well-formed leaves everything as it was.
      const manifests = await manifestsOf(flags, terminal)
      if (flags.dryRun === 'client') return checkLocally(manifests, flags, terminal)
      const { openSession } = await import('./session.ts')
      const session = await openSession(flags, terminal, { dryRun: flags.dryRun === 'server' })
      const { applied, problems } = await applyAll(session, manifests, flags, terminal)
      if (flags.output === 'json' || flags.output === 'yaml')
        terminal.out(printed(applied, flags.output, manifests.length === 1))
      if (problems.length > 0) throw new Fault('Invalid', problems.join('\n'))
    })

function checkFlags({ prune, applyset, allowEmpty, dryRun }: ApplyFlags): void {
  if (prune === true && applyset === undefined)
    throw new Fault('BadRequest', '--prune needs --applyset NAME: only what a set has applied may be deleted')
  if (allowEmpty === true && prune !== true) throw new Fault('BadRequest', '--allow-empty goes with --prune')
  if (applyset !== undefined && dryRun === 'client')
    throw new Fault('BadRequest', '--dry-run=client does not ask the server, which keeps the set: use --dry-run=server')
}

async function manifestsOf(flags: ApplyFlags, terminal: Terminal): Promise<readonly Manifest[]> {
  const mayBeEmpty = flags.prune === true
  const options = { recursive: flags.recursive === true, stdin: terminal.stdin, mayBeEmpty }
  const manifests = readManifests(await readSources(flags.filename, options), allKinds, { mayBeEmpty })
  if (manifests.length === 0 && flags.allowEmpty !== true)
    throw new Fault(
      'BadRequest',
      'there is no object in the files: --prune would delete the whole set (--allow-empty lets it)',
    )
  return manifests
}
