/** `gantry describe`: everything about an object, with its events. */
import { Command } from 'commander'
import type { Kind } from '../api/meta/kind.ts'
import type { Resource } from '../api/meta/object.ts'
import { Event } from '../api/v1/core.ts'
import { allKinds } from '../api/v1/kinds.ts'
import { isFault } from '../lib/errors.ts'
import { between, type Instant, parseTimestamp } from '../lib/time.ts'
import { lastAppliedAnnotation } from './apply/three-way.ts'
import { selectionsOf } from './kind-argument.ts'
import { type ClientFlags, output, withClientFlags } from './options.ts'
import { ageText } from './output/age.ts'
import { jsonText, yamlText } from './output/print.ts'
import { alignRows } from './output/table.ts'
import type { Session } from './session.ts'
import type { Terminal } from './terminal.ts'

interface DescribeFlags extends ClientFlags {
  readonly output?: 'json' | 'yaml'
  readonly selector?: string
}

interface Description {
  readonly object: Resource
  /** Oldest first. */
  readonly events: readonly Event[]
}

export const describeCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('describe'))
    .description('show all about objects, with their events')
    .argument('<what...>', 'as: service web, service/web, tasks')
    .addOption(output('json', 'yaml'))
    .option('-l, --selector <labels>', 'only objects with these labels')
    .action(async (what: readonly string[], flags: DescribeFlags) => {
      const { openSession } = await import('./session.ts')
      const session = await openSession(flags, terminal)
      const descriptions: Description[] = []
      for (const { kind, names } of selectionsOf(what, allKinds)) {
        for (const object of await objects(session, kind, names, flags))
          descriptions.push({ object, events: await eventsOf(session, object) })
      }
      const single = descriptions.length === 1 ? descriptions[0] : undefined
      if (flags.output === 'json') terminal.out(jsonText(single ?? descriptions))
      else if (flags.output === 'yaml') terminal.out(yamlText(single ?? descriptions))
      else if (descriptions.length === 0) terminal.err('No objects found.')
      else terminal.out(descriptions.map((one) => described(one, session.clock.now())).join('\n\n\n'))
    })

async function objects(
  { client, namespace, keyOf, signal }: Session,
  kind: Kind,
  names: readonly string[],
  { selector }: DescribeFlags,
): Promise<readonly Resource[]> {
  if (names.length > 0) return Promise.all(names.map((name) => client.get(kind, keyOf(kind, name), signal)))
  const scope = kind.scope === 'Cluster' ? {} : { namespace }
  const { items } = await client.list(
    kind,
    { ...scope, ...(selector === undefined ? {} : { labelSelector: selector }) },
    signal,
  )
  return items
}

/** The events about `object`, wherever they are kept; none when the server does not let us see them. */
async function eventsOf({ client, signal }: Session, object: Resource): Promise<readonly Event[]> {
  const fieldSelector = `involvedObject.uid=${object.metadata.uid}`
  const list = await client.list(Event, { fieldSelector }, signal).catch((error: unknown) => {
    if (isFault(error, 'Forbidden', 'NotFound')) return { items: [] }
    throw error
  })
  return list.items.toSorted((a, b) => lastSeen(a).localeCompare(lastSeen(b)))
}

const lastSeen = (event: Event): string =>
  event.lastTimestamp ?? event.series?.lastObservedTime ?? event.eventTime ?? event.metadata.creationTimestamp ?? ''

function described({ object, events }: Description, now: Instant): string {
  const { kind, apiVersion, metadata } = object
  const { [lastAppliedAnnotation]: _, ...annotations } = metadata.annotations ?? {}
  const owners = metadata.ownerReferences?.map((owner) => `${owner.kind}/${owner.name}`) ?? []
  const facts: (readonly [string, string])[] = [
    ['Name:', metadata.name],
    ...(metadata.namespace === undefined ? [] : [['Cluster:', metadata.namespace] as const]),
    ['Kind:', `${kind} (${apiVersion})`],
    ['Labels:', pairs(metadata.labels)],
    ['Annotations:', pairs(annotations)],
    ['Created:', at(metadata.creationTimestamp, now)],
    ...(metadata.deletionTimestamp === undefined
      ? []
      : [['Deleting since:', at(metadata.deletionTimestamp, now)] as const]),
    ...(owners.length === 0 ? [] : [['Controlled by:', owners.join(', ')] as const]),
  ]
  const { apiVersion: _1, kind: _2, metadata: _3, ...parts } = object
  const sections = Object.entries(parts).map(
    ([name, value]) => `${name[0]?.toUpperCase()}${name.slice(1)}:\n${indented(yamlText(value))}`,
  )
  return [...alignRows(facts), ...sections, eventTable(events, now)].join('\n')
}

const pairs = (values: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(values ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(', ') || '<none>'

const at = (time: string | null | undefined, now: Instant): string =>
  time === undefined || time === null ? '<unknown>' : `${time} (${ageText(between(parseTimestamp(time), now))} ago)`

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ')

function eventTable(events: readonly Event[], now: Instant): string {
  if (events.length === 0) return 'Events:  <none>'
  const rows = events.map((event) => [
    `  ${event.type ?? ''}`,
    event.reason ?? '',
    `${ageText(between(parseTimestamp(lastSeen(event)), now))}${times(event)}`,
    event.source?.component ?? event.reportingComponent ?? '',
    event.message ?? '',
  ])
  return ['Events:', ...alignRows([['  TYPE', 'REASON', 'AGE', 'FROM', 'MESSAGE'], ...rows])].join('\n')
}

function times(event: Event): string {
  const count = event.series?.count ?? event.count ?? 1
  return count > 1 ? ` (x${count})` : ''
}
