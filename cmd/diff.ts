/** `gantry diff`: what `gantry apply` would change, as a unified diff of YAML. Exit code 0: nothing, 1: something, 2: it failed. */
import { Command } from 'commander'
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import { keyOf, type Resource } from '../api/meta/object.ts'
import { allKinds } from '../api/v1/kinds.ts'
import { Fault, messageOf, unlessGone } from '../lib/errors.ts'
import { applyAll } from './apply/apply-all.ts'
import { lastAppliedAnnotation } from './apply/three-way.ts'
import { readManifests, titleOf } from './manifest/manifest.ts'
import { readSources } from './manifest/source.ts'
import { type ClientFlags, withClientFlags } from './options.ts'
import { type Printable, yamlText } from './output/print.ts'
import type { Terminal } from './terminal.ts'

interface DiffFlags extends ClientFlags {
  readonly filename: readonly string[]
  readonly recursive?: boolean
}

export const diffCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('diff'))
    .description('show what apply would change; exit code 1 when it would change anything')
    .requiredOption('-f, --filename <file...>', 'files or folders; - for standard input')
    .option('-R, --recursive', 'folders with all that is below them')
    .action(async (flags: DiffFlags) => {
      try {
        if (await differs(flags, terminal)) process.exitCode = 1
      } catch (error) {
        for (const line of messageOf(error).split('\n')) terminal.err(`error: ${line}`)
        process.exitCode = 2
      }
    })

async function differs(flags: DiffFlags, terminal: Terminal): Promise<boolean> {
  const options = { recursive: flags.recursive === true, stdin: terminal.stdin }
  const manifests = readManifests(await readSources(flags.filename, options), allKinds)
  const { openSession } = await import('./session.ts')
  const session = await openSession(flags, terminal, { dryRun: true })
  const quiet = { output: 'yaml', dryRun: 'server' } as const
  const { applied, problems } = await applyAll(session, manifests, quiet, terminal)
  let found = false
  for (const one of applied) {
    const live = await unlessGone(session.client.get(one.kind, keyOf(one.object), session.signal))
    const text = difference(one, live)
    if (text === '') continue
    found = true
    terminal.out(text)
  }
  if (problems.length > 0) throw new Fault('Invalid', problems.join('\n'))
  return found
}

/** The unified diff; empty when both say the same. */
function difference({ kind, object }: Printable, live: Resource | undefined): string {
  const title = titleOf(kind, object.metadata.name)
  const { namespace } = object.metadata
  const path = namespace === undefined ? title : `${namespace}/${title}`
  const before = live === undefined ? '' : `${yamlText(shown(live, { secret: '*** (before)' }, object))}\n`
  const after = `${yamlText(shown(object, { secret: '*** (after)' }, live))}\n`
  if (before === after) return ''
  const options = { headerOptions: FILE_HEADERS_ONLY }
  return createTwoFilesPatch(`live/${path}`, `applied/${path}`, before, after, '', '', options).trimEnd()
}

/** What people compare: without what every write changes, and what no apply does; of a secret only whether its values are the same. */
function shown(
  { status: _, ...object }: Resource,
  { secret }: { readonly secret: string },
  other: Resource | undefined,
): object {
  const unseen = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp', 'annotations']
  const kept = Object.entries(object.metadata).filter(([name]) => !unseen.includes(name))
  const { [lastAppliedAnnotation]: __, ...annotations } = object.metadata.annotations ?? {}
  const metadata = {
    ...Object.fromEntries(kept),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  }
  if (object.kind !== 'Secret') return { ...object, metadata }
  const theirs = dataOf(other)
  const data = Object.entries(dataOf(object)).map(([name, value]) => [name, theirs[name] === value ? '***' : secret])
  return { ...object, metadata, data: Object.fromEntries(data) as object }
}

const dataOf = (object: Resource | undefined): Readonly<Record<string, string>> =>
  (object as { readonly data?: Readonly<Record<string, string>> } | undefined)?.data ?? {}
