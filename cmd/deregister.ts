/** `gantry deregister`: makes revisions of task definitions INACTIVE, as ECS's DeregisterTaskDefinition (ecs-core 2.2). */
import { Command } from 'commander'
import { allKinds } from '../api/v1/kinds.ts'
import { revisionName, revisionStatusOf, TaskDefinitionRevision } from '../api/v1/task-definition.ts'
import { parseTaskDefinitionReference } from '../api/v1/task-definition-reference.ts'
import { Fault, unlessGone } from '../lib/errors.ts'
import { selectionsOf } from './kind-argument.ts'
import { type ClientFlags, withClientFlags } from './options.ts'
import type { Session } from './session.ts'
import type { Terminal } from './terminal.ts'

export const deregisterCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('deregister'))
    .description('deregister revisions of task definitions: nothing new can use them, what runs them goes on')
    .argument('<revision...>', 'as: FAMILY:N')
    .action(async (words: readonly string[], flags: ClientFlags) => {
      const references = words.map(referenceOf)
      const { openSession } = await import('./session.ts')
      const session = await openSession(flags, terminal)
      for (const reference of references) terminal.out(await deregister(session, reference))
    })

interface Reference {
  readonly family: string
  readonly revision: number
}

/** `web:3`, an ARN of it, `web.3`, `tdr/web.3`. Faults: BadRequest when it names no revision. */
function referenceOf(word: string): Reference {
  const isKindAndName = word.includes('/') && !word.startsWith('arn:')
  const [name = word] = isKindAndName ? (selectionsOf([word], allKinds)[0]?.names ?? []) : []
  const { family, revision } = parseTaskDefinitionReference(name.replace(/\.(\d+)$/, ':$1'))
  if (revision === undefined) throw new Fault('BadRequest', `which revision of ${family}? Write ${family}:N`)
  return { family, revision }
}

/** By the name of its head, or of its family. Faults: NotFound. */
async function find({ client, signal }: Session, { family, revision }: Reference): Promise<TaskDefinitionRevision> {
  const key = { namespace: '', name: revisionName(family, revision) }
  const found = await unlessGone(client.get(TaskDefinitionRevision, key, signal))
  if (found !== undefined) return found
  const { items } = await client.list(TaskDefinitionRevision, { fieldSelector: `spec.family=${family}` }, signal)
  const ofFamily = items.find(({ spec }) => spec.revision === revision)
  if (ofFamily === undefined) throw new Fault('NotFound', `there is no task definition ${family}:${revision}`)
  return ofFamily
}

/** What became of it. */
async function deregister(session: Session, reference: Reference): Promise<string> {
  const { client, signal } = session
  const found = await find(session, reference)
  const title = `taskdefinitionrevision.gantry.dev/${found.metadata.name}`
  const status = revisionStatusOf(found)
  if (status !== 'ACTIVE') return `${title} is ${status} already`
  const key = { namespace: '', name: found.metadata.name }
  const body = { metadata: { uid: found.metadata.uid }, spec: { desiredStatus: 'INACTIVE' } }
  await client.patch(TaskDefinitionRevision, key, { type: 'merge', body }, signal)
  return `${title} deregistered`
}
