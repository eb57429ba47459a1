/** events.k8s.io/v1 Event: the Events of core/v1 as newer clients write and read them. */
import { z } from 'zod'
import { defineKind, type Kind, type ObjectOfKind } from '../meta/kind.ts'
import { unviewed } from '../meta/views.ts'
import { Event, EventSeries, EventSource, microTime, referenceFields, time, wholeReference } from './core.ts'
import { eventColumns, newEventProblems } from './event-rules.ts'

const regarding = Object.fromEntries(referenceFields.map((field) => [`regarding.${field}`, `involvedObject.${field}`]))
const selectedPaths = { ...regarding, reportingController: 'reportingComponent' }
const selectableFields = [...Object.keys(selectedPaths), 'reason', 'type']
const viewOf = { ...Event, selectableFields, selectedPaths } as unknown as Kind

type Stored = Parameters<typeof newEventProblems>[0]
const stored = (event: object): Stored => unviewed(NewEvent, event as NewEvent) as unknown as Stored

export const NewEvent = defineKind(
  {
    group: 'events.k8s.io',
    version: 'v1',
    categories: [],
    kind: 'Event',
    plural: 'events',
    shortNames: ['ev'],
    timeToLiveSeconds: Event.timeToLiveSeconds as number,
    viewOf,
    description: 'Something that happened to an object, as controllers of today report it.',
    shape: {
      eventTime: microTime.nullable().default(null).describe('When it was first observed.'),
      series: EventSeries.optional().describe('A series of the same.'),
      reportingController: z.string().optional().describe('Name of the controller that reports.'),
      reportingInstance: z.string().optional().describe('Which instance of it.'),
      action: z.string().optional().describe('What was done.'),
      reason: z.string().optional().describe('Why, as one CamelCase word.'),
      regarding: wholeReference.prefault({}).describe('The object it is about.'),
      related: wholeReference.optional().describe('Another object involved.'),
      note: z.string().optional().describe('What happened, for people.'),
      type: z.string().optional().describe('Normal or Warning.'),
      deprecatedSource: EventSource.prefault({}).describe('Who reports it, of an Event of core/v1.'),
      deprecatedFirstTimestamp: time
        .nullable()
        .default(null)
        .describe('When it first happened, of an Event of core/v1.'),
      deprecatedLastTimestamp: time.nullable().default(null).describe('When it last happened, of an Event of core/v1.'),
      deprecatedCount: z.int().optional().describe('How often it happened, of an Event of core/v1.'),
    },
    selectableFields,
    selectedPaths,
    columns: eventColumns.map(({ value, ...column }) =>
      value === undefined ? column : { ...column, value: (event, since) => value(stored(event) as never, since) },
    ),
  },
  { validate: (event, old) => newEventProblems(stored(event), old === undefined ? undefined : stored(old)) },
)
export type NewEvent = ObjectOfKind<typeof NewEvent>
