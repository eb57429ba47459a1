/** The Kubernetes kinds that Gantry shares: core/v1 Namespace, Secret, Event and coordination.k8s.io/v1 Lease. */
import { z } from 'zod'
import { Conditions } from '../meta/conditions.ts'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'

const core = { group: '', version: 'v1', categories: [] } as const
const microTime = z.iso.datetime({ offset: true }).nullable()

export const Namespace = defineKind({
  ...core,
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  scope: 'Cluster',
  nameRule: 'label',
  hasGeneration: false,
  description: 'A scope for names; every Gantry cluster has one of its name.',
  shape: {
    spec: z
      .strictObject({ finalizers: z.array(z.string()).optional().describe('What must end before the namespace goes.') })
      .prefault({})
      .describe('Desired state.'),
    status: z
      .strictObject({
        phase: z.enum(['Active', 'Terminating']).optional().describe('Life phase.'),
        conditions: Conditions.optional(),
      })
      .optional()
      .describe('Observed state.'),
  },
  columns: [
    { name: 'Status', type: 'string', jsonPath: '.status.phase', description: 'Life phase.' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
  ],
})
export type Namespace = ObjectOfKind<typeof Namespace>

export const Secret = defineKind({
  ...core,
  kind: 'Secret',
  plural: 'secrets',
  description: 'Sensitive data: values are base64 text.',
  shape: {
    type: z.string().default('Opaque').describe('What the data is for.'),
    data: z.record(z.string(), z.base64()).optional().describe('Values in base64.'),
    stringData: z.record(z.string(), z.string()).optional().describe('Values as text; write-only, moved into data.'),
    immutable: z.boolean().optional().describe('Whether data can change.'),
  },
  columns: [
    { name: 'Type', type: 'string', jsonPath: '.type', description: 'What the data is for.' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
  ],
})
export type Secret = ObjectOfKind<typeof Secret>

const ObjectReference = z.strictObject({
  apiVersion: z.string().optional().describe('API version.'),
  kind: z.string().optional().describe('Kind.'),
  namespace: z.string().optional().describe('Namespace.'),
  name: z.string().optional().describe('Name.'),
  uid: z.string().optional().describe('UID.'),
  resourceVersion: z.string().optional().describe('Version.'),
  fieldPath: z.string().optional().describe('Part of the object.'),
})

export const Event = defineKind({
  ...core,
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  timeToLiveSeconds: 3600,
  description: 'Something that happened to an object.',
  shape: {
    involvedObject: ObjectReference.describe('The object it is about.'),
    reason: z.string().optional().describe('Why, as one CamelCase word.'),
    message: z.string().optional().describe('What happened, for people.'),
    source: z
      .strictObject({
        component: z.string().optional().describe('Who reports.'),
        host: z.string().optional().describe('Where.'),
      })
      .optional()
      .describe('Who reports it.'),
    type: z.string().optional().describe('Normal or Warning.'),
    count: z.int().optional().describe('How often it happened.'),
    firstTimestamp: microTime.optional().describe('When it first happened.'),
    lastTimestamp: microTime.optional().describe('When it last happened.'),
    eventTime: microTime.optional().describe('When it was first observed.'),
    series: z
      .strictObject({
        count: z.int().optional().describe('How often.'),
        lastObservedTime: microTime.optional().describe('Last time.'),
      })
      .optional()
      .describe('A series of the same.'),
    action: z.string().optional().describe('What was done.'),
    related: ObjectReference.optional().describe('Another object involved.'),
    reportingComponent: z.string().optional().describe('Name of the controller that reports.'),
    reportingInstance: z.string().optional().describe('Which instance of it.'),
  },
  selectableFields: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'reason',
    'type',
  ],
  columns: [
    { name: 'Last Seen', type: 'date', jsonPath: '.lastTimestamp', description: 'When it last happened.' },
    { name: 'Type', type: 'string', jsonPath: '.type', description: 'Normal or Warning.' },
    { name: 'Reason', type: 'string', jsonPath: '.reason', description: 'Why.' },
    { name: 'Object', type: 'string', jsonPath: '.involvedObject.name', description: 'The object.' },
    { name: 'Message', type: 'string', jsonPath: '.message', description: 'What happened.' },
  ],
})
export type Event = ObjectOfKind<typeof Event>

export const Lease = defineKind({
  group: 'coordination.k8s.io',
  version: 'v1',
  categories: [],
  kind: 'Lease',
  plural: 'leases',
  hasGeneration: false,
  description: 'A claim that its holder renews: heartbeats and leader election.',
  shape: {
    spec: z
      .strictObject({
        holderIdentity: z.string().optional().describe('Who holds it.'),
        leaseDurationSeconds: z.int().optional().describe('How long it holds after the last renewal.'),
        acquireTime: microTime.optional().describe('When this holder got it.'),
        renewTime: microTime.optional().describe('When it was last renewed.'),
        leaseTransitions: z.int().optional().describe('How often the holder changed.'),
        preferredHolder: z.string().optional().describe('Who should hold it.'),
        strategy: z.string().optional().describe('How the holder is chosen.'),
      })
      .prefault({})
      .describe('The claim.'),
  },
  columns: [
    { name: 'Holder', type: 'string', jsonPath: '.spec.holderIdentity', description: 'Who holds it.' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
  ],
})
export type Lease = ObjectOfKind<typeof Lease>
