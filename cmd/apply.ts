/** `gantry apply`: makes the server's objects what the files say. */
import { Command } from 'commander'
import { allKinds } from '../api/v1/kinds.ts'
import { Fault, isFault, messageOf } from '../lib/errors.ts'
import { type Applied, applyAfterReferences, applyManifest } from './apply/apply.ts'
import { inApplyOrder } from './apply/order.ts'
import { problemText } from './manifest/document.ts'
import { type Manifest, readManifests } from './manifest/manifest.ts'
import { readSources } from './manifest/source.ts'
import { type ClientFlags, output, withClientFlags } from './options.ts'
import { type Printable, printed } from './output/print.ts'
import type { Session } from './session.ts'
import type { Terminal } from './terminal.ts'

interface ApplyFlags extends ClientFlags {
  readonly filename: readonly string[]
  readonly recursive?: boolean
  readonly output?: 'json' | 'yaml' | 'name'
}

export const applyCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('apply'))
    .description('create or change objects so that they are as files say (YAML or JSON, many documents)')
    .requiredOption('-f, --filename <file...>', 'files or folders; - for standard input')
    .option('-R, --recursive', 'folders with all that is below them')
    .addOption(output('json', 'yaml', 'name'))
    .action(async (flags: ApplyFlags) => {
      const options = { recursive: flags.recursive === true, stdin: terminal.stdin }
      // All is read before anything is sent: what is not well-formed leaves everything as it was.
      const manifests = readManifests(await readSources(flags.filename, options), allKinds)
      const { openSession } = await import('./session.ts')
      const session = await openSession(flags, terminal)
      const { applied, problems } = await applyAll(session, manifests, flags, terminal)
      if (flags.output === 'json' || flags.output === 'yaml')
        terminal.out(printed(applied, flags.output, manifests.length === 1))
      if (problems.length > 0) throw new Fault('Invalid', problems.join('\n'))
    })

async function applyAll(
  session: Session,
  manifests: readonly Manifest[],
  flags: ApplyFlags,
  terminal: Terminal,
): Promise<{ readonly applied: readonly Printable[]; readonly problems: readonly string[] }> {
  const applied: Printable[] = []
  const problems: string[] = []
  for (const manifest of inApplyOrder(manifests)) {
    try {
      const { result, object } = await applyOne(session, manifest, manifests)
      applied.push({ kind: manifest.kind, object })
      if (flags.output === undefined) terminal.out(`${manifest.title} ${result}`)
      if (flags.output === 'name') terminal.out(manifest.title)
    } catch (error) {
      if (!isFault(error) || isFault(error, 'Unavailable', 'Timeout', 'Unauthorized')) throw error
      problems.push(...refusals(manifest, error))
    }
  }
  return { applied, problems }
}

function applyOne(session: Session, manifest: Manifest, all: readonly Manifest[]): Promise<Applied> {
  const { client, clock, signal } = session
  const placed = { ...manifest, object: session.inNamespace(manifest.kind, manifest.object) }
  return mayRefer(placed, all)
    ? applyAfterReferences(client, placed, clock, signal)
    : applyManifest(client, placed, signal)
}

/** Whether `manifest` may refer to another one of this apply: its namespace, or a task definition. */
function mayRefer({ object }: Manifest, all: readonly Manifest[]): boolean {
  const spec = object.spec as { readonly taskDefinition?: unknown } | undefined
  const [family] = typeof spec?.taskDefinition === 'string' ? spec.taskDefinition.split(':') : []
  return all.some(
    ({ kind, object: { metadata } }) =>
      (['Cluster', 'Namespace'].includes(kind.kind) && metadata.name === object.metadata.namespace) ||
      (kind.kind === 'TaskDefinition' && metadata.name === family),
  )
}

/** What the server refused, each with its place in the file. */
function refusals(manifest: Manifest, fault: Fault): readonly string[] {
  const ofFields = fault.problems.filter(isAboutField)
  const problems = ofFields.length > 0 ? ofFields : strictDecodingProblems(fault)
  return [...new Set(problems.map((problem) => problemText(manifest.problem(problem))))]
}

/** Not what a server says besides: that some rules were not looked at, or how the patch that we made it reads. */
const isAboutField = ({ path }: { readonly path: string }): boolean => path !== '<nil>' && path !== 'patch'

/** A Kubernetes API server names unknown fields in the text of the message alone. */
function strictDecodingProblems(fault: Fault): readonly { readonly path: string; readonly message: string }[] {
  const unknown = [
    ...fault.message.matchAll(/(unknown|duplicate) field "([^"]+)"(?:: (.+?))?(?=, (?:unknown|duplicate) field "|$)/g),
  ]
  return unknown.length === 0
    ? [{ path: '', message: messageOf(fault) }]
    : unknown.map(([, what, path = '', hint]) => ({
        path,
        message: `${what} field${hint === undefined ? '' : `: ${hint}`}`,
      }))
}
