/** `gantry get`: shows objects, once or as they change. */
import { Command } from 'commander'
import type { ListOptions, WatchEvent } from '../api/client/client.ts'
import type { Kind } from '../api/meta/kind.ts'
import type { Resource } from '../api/meta/object.ts'
import { allKinds } from '../api/v1/kinds.ts'
import { Fault, isFault } from '../lib/errors.ts'
import { type Selection, selectionsOf } from './kind-argument.ts'
import { type ClientFlags, output, withClientFlags } from './options.ts'
import {
  type OutputFormat,
  outputFormats,
  type Printable,
  printed,
  withoutManagedFields,
  yamlText,
} from './output/print.ts'
import { alignRows, headerOf, rowOf, type TableOptions } from './output/table.ts'
import type { Session } from './session.ts'
import type { Terminal } from './terminal.ts'

interface GetFlags extends ClientFlags {
  readonly output?: OutputFormat
  readonly allNamespaces?: boolean
  readonly selector?: string
  readonly fieldSelector?: string
  readonly watch?: boolean
  readonly headers: boolean
  readonly showLabels?: boolean
  readonly ignoreNotFound?: boolean
  readonly showManagedFields?: boolean
}

export const getCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('get'))
    .description('show objects: KIND[,KIND] [NAME...] or KIND/NAME...; "all" is every kind of Gantry')
    .argument('<what...>', 'as: services, task NAME, service/web, all')
    .addOption(output(...outputFormats))
    .option('-A, --all-clusters', 'of all clusters')
    .option('--all-namespaces', 'the same as --all-clusters')
    .option('-l, --selector <labels>', 'only objects with these labels, as app=web,tier in (a,b)')
    .option('--field-selector <fields>', 'only objects with these fields, as status.lastStatus=RUNNING')
    .option('-w, --watch', 'then show changes as they happen, until interrupted')
    .option('--no-headers', 'no header line')
    .option('--show-labels', 'a column with the labels')
    .option('--ignore-not-found', 'no error when a named object does not exist')
    .option('--show-managed-fields', 'with -o json or yaml: also who owns which field')
    .action(async (what: readonly string[], raw: GetFlags & { readonly allClusters?: boolean }) => {
      const flags = { ...raw, allNamespaces: raw.allNamespaces ?? raw.allClusters ?? false }
      const { openSession } = await import('./session.ts')
      const session = await openSession(flags, terminal)
      const selections = selectionsOf(what, allKinds)
      if (flags.watch === true) await watch(session, selections, flags, terminal)
      else await show(session, selections, flags, terminal)
    })

const shown = (object: Resource, { showManagedFields }: GetFlags): Resource =>
  showManagedFields === true ? object : withoutManagedFields(object)

const scopeOf = ({ namespace }: Session, kind: Kind, flags: GetFlags): ListOptions => ({
  ...(kind.scope === 'Cluster' || flags.allNamespaces === true ? {} : { namespace }),
  ...(flags.selector === undefined ? {} : { labelSelector: flags.selector }),
  ...(flags.fieldSelector === undefined ? {} : { fieldSelector: flags.fieldSelector }),
})

async function show(
  session: Session,
  selections: readonly Selection[],
  flags: GetFlags,
  terminal: Terminal,
): Promise<void> {
  const found: Printable[] = []
  const faults: Fault[] = []
  for (const selection of selections) {
    const { kind, names } = selection
    if (names.length === 0) {
      const { items } = await session.client.list(kind, scopeOf(session, kind, flags), session.signal)
      found.push(...items.map((object) => ({ kind, object: shown(object, flags) })))
      continue
    }
    for (const name of names) {
      try {
        const object = await session.client.get(kind, session.keyOf(kind, name), session.signal)
        found.push({ kind, object: shown(object, flags) })
      } catch (error) {
        if (!isFault(error, 'NotFound')) throw error
        if (flags.ignoreNotFound !== true) faults.push(error)
      }
    }
  }
  const single = selections.every(({ names }) => names.length === 1) && selections.length === 1
  const { output: format } = flags
  if (format === 'json' || format === 'yaml') {
    if (found.length > 0 || !single) terminal.out(printed(found, format, single))
  } else if (found.length > 0) {
    terminal.out(format === 'name' ? printed(found, format, single) : tables(found, selections, flags, session))
  } else if (faults.length === 0) terminal.err(`No objects found${where(session, selections, flags)}.`)
  if (faults.length > 0) throw new Fault('NotFound', faults.map(({ message }) => message).join('\n'))
}

function where({ namespace }: Session, selections: readonly Selection[], flags: GetFlags): string {
  return flags.allNamespaces === true || selections.every(({ kind }) => kind.scope === 'Cluster')
    ? ''
    : ` in cluster ${namespace}`
}

const tableOptions = (flags: GetFlags, titles: boolean, session: Session): TableOptions => ({
  wide: flags.output === 'wide',
  namespaces: flags.allNamespaces === true,
  titles,
  labels: flags.showLabels === true,
  now: session.clock.now(),
})

/** One table for each kind that has objects, with an empty line between. */
function tables(
  found: readonly Printable[],
  selections: readonly Selection[],
  flags: GetFlags,
  session: Session,
): string {
  const byKind = Map.groupBy(found, ({ kind }) => kind)
  const options = tableOptions(flags, new Set(selections.map(({ kind }) => kind)).size > 1, session)
  return [...byKind]
    .map(([kind, objects]) =>
      alignRows([
        ...(flags.headers ? [headerOf(kind, options)] : []),
        ...objects.map(({ object }) => rowOf(kind, object, options)),
      ]).join('\n'),
    )
    .join('\n\n')
}

async function watch(
  session: Session,
  selections: readonly Selection[],
  flags: GetFlags,
  terminal: Terminal,
): Promise<void> {
  const [selection, ...others] = selections
  if (selection === undefined || others.length > 0 || selection.names.length > 1)
    throw new Fault('BadRequest', '--watch follows one kind, or one object of it')
  const { kind, names } = selection
  const [name] = names
  const scope = scopeOf(session, kind, flags)
  const byName = name === undefined ? [] : [`metadata.name=${name}`]
  const fieldSelector = [...(scope.fieldSelector === undefined ? [] : [scope.fieldSelector]), ...byName].join(',')
  const options: ListOptions = { ...scope, ...(fieldSelector === '' ? {} : { fieldSelector }) }
  const print = printer(kind, flags, session, terminal)
  for await (const event of follow(session, kind, options)) print(event)
}

type Change = Exclude<WatchEvent<Resource>, { readonly type: 'BOOKMARK' }>

/** Everything there is, then every change. Lists again when the server has forgotten where the watch was. */
async function* follow(session: Session, kind: Kind, options: ListOptions): AsyncGenerator<Change> {
  const { client, signal } = session
  for (;;) {
    const list = await client.list(kind, options, signal)
    for (const object of list.items) yield { type: 'ADDED', object }
    let { resourceVersion } = list
    try {
      for (;;) {
        for await (const event of client.watch(kind, { ...options, resourceVersion }, signal)) {
          if (event.type === 'BOOKMARK') resourceVersion = event.resourceVersion
          else {
            resourceVersion = event.object.metadata.resourceVersion
            yield event
          }
        }
      }
    } catch (error) {
      if (!isFault(error, 'Expired')) throw error
    }
  }
}

function printer(kind: Kind, flags: GetFlags, session: Session, terminal: Terminal): (event: Change) => void {
  const widths: number[] = []
  let first = true
  return ({ type, object: seen }) => {
    const object = shown(seen, flags)
    if (flags.output === 'json') return terminal.out(JSON.stringify({ type, object }))
    if (flags.output === 'yaml') return terminal.out(`---\n${yamlText({ type, object })}`)
    if (flags.output === 'name') return terminal.out(printed([{ kind, object }], 'name', true))
    const options = tableOptions(flags, false, session)
    const rows = [...(first && flags.headers ? [headerOf(kind, options)] : []), rowOf(kind, object, options)]
    first = false
    const lines = alignRows(rows, widths)
    terminal.out(type === 'DELETED' ? lines.map((line) => `${line}   (deleted)`).join('\n') : lines.join('\n'))
  }
}
