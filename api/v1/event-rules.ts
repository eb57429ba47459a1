/** Rules and table of Events: those of the old kind (firstTimestamp, count) and of the new (eventTime, series). */
import { isEqual } from '../../lib/equal.ts'
import type { FieldProblem } from '../../lib/errors.ts'
import type { PrinterColumn } from '../meta/kind.ts'
import { qualifiedFaults } from '../meta/name-rules.ts'
import { invalid, required } from '../meta/problems.ts'
import { nameColumn } from './native-columns.ts'

/** What rules and table read of an Event, as core/v1 has it. */
interface Parts {
  readonly metadata: { readonly namespace?: string | undefined }
  readonly involvedObject: {
    readonly kind?: string | undefined
    readonly name?: string | undefined
    readonly namespace?: string | undefined
    readonly fieldPath?: string | undefined
  }
  readonly source: { readonly component?: string | undefined; readonly host?: string | undefined }
  readonly reason?: string | undefined
  readonly message?: string | undefined
  readonly type?: string | undefined
  readonly action?: string | undefined
  readonly count?: number | undefined
  readonly firstTimestamp: string | null
  readonly lastTimestamp: string | null
  readonly eventTime: string | null
  readonly series?:
    | { readonly count?: number | undefined; readonly lastObservedTime?: string | null | undefined }
    | undefined
  readonly related?: unknown
  readonly reportingComponent: string
  readonly reportingInstance: string
}

/** Kubernetes' own bounds of texts in new-style events. */
const mostText = 128
const mostMessage = 1024

const text = (path: string, value: string | undefined): FieldProblem[] => [
  ...((value ?? '') === '' ? [required(path)] : []),
  ...((value ?? '').length > mostText ? [invalid(path, '', `can have at most ${mostText} characters`)] : []),
]

const long = (message = ''): FieldProblem[] =>
  Buffer.byteLength(message) > mostMessage ? [invalid('message', '', `can have at most ${mostMessage} characters`)] : []

const reporterProblems = (name: string, path: string): FieldProblem[] => [
  ...(name === '' ? [required(path)] : []),
  ...qualifiedFaults(name).map((fault) => invalid(path, name, fault)),
]

/** Who did what and why: all new-style events say it. */
const newStyle = (event: Parts, reporter: string): FieldProblem[] => [
  ...reporterProblems(event.reportingComponent, reporter),
  ...text('reportingInstance', event.reportingInstance),
  ...text('action', event.action),
  ...text('reason', event.reason),
  ...long(event.message),
]

/** Where events about objects without a namespace may be, of the old kind and of the new. */
const oldPlaces = ['', 'default']
const newPlaces = ['default', 'kube-system']

function placeProblems({ metadata: { namespace = '' }, involvedObject, eventTime }: Parts): FieldProblem[] {
  const said = involvedObject.namespace ?? ''
  const isOld = eventTime === null
  const fits = said === '' ? (isOld ? oldPlaces : newPlaces).includes(namespace) : !isOld || said === namespace
  return fits ? [] : [invalid('involvedObject.namespace', said, 'does not match event.namespace')]
}

/** What holds however an Event was written; `reporter` is what it calls the one who reports. */
const commonProblems = (event: Parts, reporter: string): FieldProblem[] => [
  ...placeProblems(event),
  ...(event.eventTime === null ? [] : newStyle(event, reporter)),
]

/** Rules of Events through core/v1. */
export const eventProblems = (event: Parts): FieldProblem[] => commonProblems(event, 'reportingComponent')

const seriesProblems = ({ series }: Parts): FieldProblem[] => [
  ...(series !== undefined && (series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
  ...(series !== undefined && (series.lastObservedTime ?? null) === null ? [required('series.lastObservedTime')] : []),
]

const settled = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'reportingComponent',
  'reportingInstance',
  'action',
  'related',
  'type',
  'eventTime',
] as const

/** Kubernetes names members as it does inside: in part as core/v1, in part as events.k8s.io/v1. */
const shownNames: Readonly<Record<string, string>> = { reportingComponent: 'reportingController' }

const unset = (path: string, isSet: boolean): FieldProblem[] => (isSet ? [invalid(path, '', 'needs to be unset')] : [])

function creationProblems(event: Parts): FieldProblem[] {
  const type = event.type ?? ''
  return [
    ...seriesProblems(event),
    ...(event.eventTime === null ? [required('eventTime')] : []),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalid('type', '', `has invalid value: ${type}`)]),
    ...unset('firstTimestamp', event.firstTimestamp !== null),
    ...unset('lastTimestamp', event.lastTimestamp !== null),
    ...unset('count', (event.count ?? 0) !== 0),
    ...unset('source', Object.keys(event.source).length > 0),
  ]
}

/** Rules of Events through events.k8s.io/v1: complete when made, then nothing but the series changes. */
export const newEventProblems = (event: Parts, old: Parts | undefined): FieldProblem[] => {
  const common = commonProblems(event, 'reportingController')
  if (old === undefined) return [...common, ...creationProblems(event)]
  return [
    ...common,
    ...(isEqual(event.series, old.series) ? [] : seriesProblems(event)),
    ...settled
      .filter((member) => !isEqual(event[member], old[member]))
      .map((member) => invalid(shownNames[member] ?? member, event[member] ?? null, 'field is immutable')),
  ]
}

const lastSeen = ({ series, lastTimestamp, firstTimestamp, eventTime }: Parts): string | null | undefined =>
  series?.lastObservedTime ?? lastTimestamp ?? firstTimestamp ?? eventTime

const sourceText = ({ source, reportingComponent, reportingInstance }: Parts): string => {
  const component = source.component ?? reportingComponent
  const host = source.host ?? reportingInstance
  return host === '' ? component : `${component}, ${host}`
}

/** kubectl's table of events. */
export const eventColumns: readonly PrinterColumn[] = [
  {
    name: 'Last Seen',
    type: 'string',
    jsonPath: '.lastTimestamp',
    description: 'The time at which the most recent occurrence of this event was recorded.',
    value: (event: Parts, since) => since(lastSeen(event)),
  },
  {
    name: 'Type',
    type: 'string',
    jsonPath: '.type',
    description: 'Type of this event (Normal, Warning), new types could be added in the future',
  },
  {
    name: 'Reason',
    type: 'string',
    jsonPath: '.reason',
    description:
      "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
  },
  {
    name: 'Object',
    type: 'string',
    jsonPath: '.involvedObject.name',
    description: 'The object that this event is about.',
    value: ({ involvedObject: { kind = '', name = '' } }: Parts) =>
      name === '' ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`,
  },
  {
    name: 'Subobject',
    type: 'string',
    jsonPath: '.involvedObject.fieldPath',
    priority: 1,
    description:
      'If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: "spec.containers{name}" (where "name" refers to the name of the container that triggered the event) or if no container name is specified "spec.containers[2]" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.',
    value: ({ involvedObject: { fieldPath = '' } }: Parts) => fieldPath,
  },
  {
    name: 'Source',
    type: 'string',
    jsonPath: '.source.component',
    priority: 1,
    description: 'The component reporting this event. Should be a short machine understandable string.',
    value: sourceText,
  },
  {
    name: 'Message',
    type: 'string',
    jsonPath: '.message',
    description: 'A human-readable description of the status of this operation.',
    value: ({ message = '' }: Parts) => message.trim(),
  },
  {
    name: 'First Seen',
    type: 'string',
    jsonPath: '.firstTimestamp',
    priority: 1,
    description: 'The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)',
    value: ({ firstTimestamp, eventTime }: Parts, since) => since(firstTimestamp ?? eventTime),
  },
  {
    name: 'Count',
    type: 'string',
    jsonPath: '.count',
    priority: 1,
    description: 'The number of times this event has occurred.',
    value: ({ count, series }: Parts) => series?.count ?? (count === undefined || count === 0 ? 1 : count),
  },
  { ...nameColumn, priority: 1 },
]
