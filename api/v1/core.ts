/** The Kubernetes kinds that Gantry itself needs: core/v1 Namespace, Secret, Event and coordination.k8s.io/v1 Lease. */
import { z } from 'zod'
import { Conditions } from '../meta/conditions.ts'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'
import { bareFinalizerRule, isBareFinalizer, qualifiedFaults } from '../meta/name-rules.ts'
import { invalid } from '../meta/problems.ts'
import { decodedBytes, immutableProblems, keyProblems, sizeProblems } from './config-data.ts'
import { eventColumns, eventProblems } from './event-rules.ts'
import { ageColumn } from './native-columns.ts'
import { secretTypeProblems, secretWarnings } from './secret-rules.ts'

const core = { group: '', version: 'v1', categories: [] } as const
/** metav1.Time. */
export const time = z.iso.datetime({ offset: true })
/** metav1.MicroTime: exactly six digits of a second's fraction. */
export const microTime = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/)
/** A pointer in Go: empty text is something else than none. */
const pointer = { keepsEmpty: true } as const

/** The label of every Namespace with its own name. */
export const namespaceNameLabel = 'kubernetes.io/metadata.name'

export const Namespace = defineKind(
  {
    ...core,
    kind: 'Namespace',
    plural: 'namespaces',
    specFinalizers: true,
    shortNames: ['ns'],
    scope: 'Cluster',
    nameRule: 'label',
    hasGeneration: false,
    description: 'A scope for names; every Gantry cluster has one of its name.',
    shape: {
      spec: z
        .strictObject({
          finalizers: z.array(z.string()).optional().describe('What must end before the namespace goes.'),
        })
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
    selectableFields: ['status.phase'],
    columns: [
      { name: 'Status', type: 'string', jsonPath: '.status.phase', description: 'The status of the namespace' },
      ageColumn,
    ],
  },
  {
    complete: (namespace) => {
      const { metadata } = namespace
      if (metadata.name === '') return namespace
      return {
        ...namespace,
        metadata: { ...metadata, labels: { ...metadata.labels, [namespaceNameLabel]: metadata.name } },
      }
    },
    validate: ({ spec: { finalizers = [] } }) =>
      finalizers.flatMap((name, i) => {
        const rules = [...qualifiedFaults(name), ...(isBareFinalizer(name) ? [bareFinalizerRule] : [])]
        return rules.map((rule) => invalid(`spec.finalizers[${i}]`, name, rule))
      }),
  },
)
export type Namespace = ObjectOfKind<typeof Namespace>

export const Secret = defineKind(
  {
    ...core,
    kind: 'Secret',
    plural: 'secrets',
    isSecret: true,
    description: 'Sensitive data: values are base64 text. Encrypted where it is stored.',
    shape: {
      type: z.string().default('Opaque').describe('What the data is for.'),
      data: z.record(z.string(), z.base64()).optional().describe('Values in base64.'),
      stringData: z.record(z.string(), z.string()).optional().describe('Values as text; write-only, moved into data.'),
      immutable: z.boolean().optional().describe('Whether data can change no more.'),
    },
    selectableFields: ['type'],
    columns: [
      {
        name: 'Type',
        type: 'string',
        jsonPath: '.type',
        description:
          'Used to facilitate programmatic handling of secret data. More info: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types',
      },
      {
        name: 'Data',
        type: 'string',
        jsonPath: '.data',
        description:
          "Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' or '.'. The serialized form of the secret data is a base64 encoded string, representing the arbitrary (possibly non-string) data value here. Described in https://tools.ietf.org/html/rfc4648#section-4",
        value: ({ data = {} }: { readonly data?: object }) => Object.keys(data).length,
      },
      ageColumn,
    ],
  },
  {
    complete(object) {
      const { stringData, ...secret } = object
      if (stringData === undefined) return object
      const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')])
      return { ...secret, data: { ...secret.data, ...Object.fromEntries(encoded) } }
    },
    validate: (object, old) => [
      ...(old === undefined || old.type === object.type ? [] : [invalid('type', object.type, 'field is immutable')]),
      ...immutableProblems(object, old, ['data']),
      ...keyProblems('data', object.data),
      ...sizeProblems(
        'data',
        Object.values(object.data ?? {}).reduce((sum, value) => sum + decodedBytes(value), 0),
      ),
      ...secretTypeProblems(object),
    ],
    warnings: secretWarnings,
  },
)
export type Secret = ObjectOfKind<typeof Secret>

/** core/v1 ObjectReference: which object, or which part of one. */
export const ObjectReference = z.strictObject({
  kind: z.string().optional().describe('Kind.'),
  namespace: z.string().optional().describe('Namespace.'),
  name: z.string().optional().describe('Name.'),
  uid: z.string().optional().describe('UID.'),
  apiVersion: z.string().optional().describe('API version.'),
  resourceVersion: z.string().optional().describe('Version.'),
  fieldPath: z.string().optional().describe('Part of the object.'),
})
/** The same, owned as one value. */
export const wholeReference = ObjectReference.meta({ mapType: 'atomic' })

/** The members of a reference that events are selected by. */
export const referenceFields = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']

/** Who reports an Event, as those of core/v1 say it. */
export const EventSource = z.strictObject({
  component: z.string().optional().describe('Who reports.'),
  host: z.string().optional().describe('Where.'),
})
/** What goes on of what an Event tells. */
export const EventSeries = z.strictObject({
  count: z.int().optional().describe('How often.'),
  lastObservedTime: microTime.nullable().optional().describe('Last time.'),
})

export const Event = defineKind(
  {
    ...core,
    kind: 'Event',
    plural: 'events',
    shortNames: ['ev'],
    timeToLiveSeconds: 3600,
    description: 'Something that happened to an object.',
    shape: {
      involvedObject: wholeReference.prefault({}).describe('The object it is about.'),
      reason: z.string().optional().describe('Why, as one CamelCase word.'),
      message: z.string().optional().describe('What happened, for people.'),
      source: EventSource.prefault({}).describe('Who reports it.'),
      firstTimestamp: time.nullable().default(null).describe('When it first happened.'),
      lastTimestamp: time.nullable().default(null).describe('When it last happened.'),
      count: z.int().optional().describe('How often it happened.'),
      type: z.string().optional().describe('Normal or Warning.'),
      eventTime: microTime.nullable().default(null).describe('When it was first observed.'),
      series: EventSeries.optional().describe('A series of the same.'),
      action: z.string().optional().describe('What was done.'),
      related: wholeReference.optional().describe('Another object involved.'),
      reportingComponent: z.string().default('').describe('Name of the controller that reports.'),
      reportingInstance: z.string().default('').describe('Which instance of it.'),
    },
    selectableFields: [
      ...referenceFields.map((field) => `involvedObject.${field}`),
      'reason',
      'reportingComponent',
      'source',
      'type',
    ],
    selectedPaths: { source: 'source.component|reportingComponent' },
    otherNames: {
      'events.k8s.io/v1': {
        involvedObject: 'regarding',
        message: 'note',
        reportingComponent: 'reportingController',
        source: 'deprecatedSource',
        firstTimestamp: 'deprecatedFirstTimestamp',
        lastTimestamp: 'deprecatedLastTimestamp',
        count: 'deprecatedCount',
      },
    },
    columns: eventColumns,
  },
  { validate: eventProblems },
)
export type Event = ObjectOfKind<typeof Event>

export const Lease = defineKind(
  {
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
          holderIdentity: z.string().optional().meta(pointer).describe('Who holds it.'),
          leaseDurationSeconds: z.int().optional().describe('How long it holds after the last renewal.'),
          acquireTime: microTime.optional().describe('When this holder got it.'),
          renewTime: microTime.optional().describe('When it was last renewed.'),
          leaseTransitions: z.int().optional().describe('How often the holder changed.'),
          preferredHolder: z.string().optional().meta(pointer).describe('Who should hold it; not kept.'),
          strategy: z.string().optional().meta(pointer).describe('How the holder is chosen; not kept.'),
        })
        .prefault({})
        .describe('The claim.'),
    },
    columns: [
      {
        name: 'Holder',
        type: 'string',
        jsonPath: '.spec.holderIdentity',
        description:
          'holderIdentity contains the identity of the holder of a current lease. If Coordinated Leader Election is used, the holder identity must be equal to the elected LeaseCandidate.metadata.name field.',
      },
      ageColumn,
    ],
  },
  {
    validate: ({ spec: { leaseDurationSeconds = 1, leaseTransitions = 0 } }) => [
      ...(leaseDurationSeconds > 0
        ? []
        : [invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0')]),
      ...(leaseTransitions >= 0
        ? []
        : [invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0')]),
    ],
  },
)
export type Lease = ObjectOfKind<typeof Lease>
