/** The kinds of the golden traces, as data/crds.yaml describes them. */
import { z } from 'zod'
import { defineKind, type ObjectOfKind } from '../../api/meta/kind.ts'
import { forbidden, invalid } from '../../api/meta/problems.ts'
import { embedded, exactlyOne, intOrString, mapOfAtMost, preserving } from '../../api/meta/schema-parts.ts'
import type { FieldProblem } from '../../lib/errors.ts'

const group = 'golden.gantry.dev'
const text = z.string()
/** Without a format, as the traces' schemas have most of theirs. */
const integer = z.int().meta({ format: '' })
/** A format that does not bound the number. */
const int32 = z.int().meta({ format: 'int32' })

const container = z.strictObject({
  name: text,
  image: text,
  pullPolicy: text.default('IfNotPresent'),
  command: z.array(text).meta({ listType: 'atomic' }).optional(),
  env: z
    .array(z.strictObject({ name: text, value: text.optional() }))
    .meta({ listType: 'map', listMapKeys: ['name'] })
    .optional(),
  ports: z
    .array(
      z
        .strictObject({ containerPort: int32, protocol: text.default('TCP'), name: text.optional() })
        .meta({ required: ['containerPort', 'protocol'] }),
    )
    .meta({ listType: 'map', listMapKeys: ['containerPort', 'protocol'] })
    .optional(),
  resources: z.strictObject({ limits: z.record(text, intOrString()).optional() }).optional(),
})

const spec = z
  .strictObject({
    color: z.enum(['red', 'green', 'blue', 'black']).describe('The paint.'),
    size: z.int().min(0).max(100).meta({ format: '' }).optional(),
    replicas: z.int().min(0).meta({ format: 'int32' }).default(1),
    minSize: integer.optional(),
    maxSize: integer.optional(),
    big: z.int().meta({ format: 'int64' }).optional(),
    ratio: z.number().min(0).lt(1).optional(),
    step: z.int().multipleOf(5).meta({ format: '' }).optional(),
    enabled: z.boolean().default(true),
    slug: text
      .min(2)
      .max(20)
      .regex(/^[a-z][a-z0-9-]*$/)
      .optional(),
    note: text.nullable().optional(),
    fallback: text.nullable().default('plain'),
    due: z.iso.datetime({ offset: true }).optional(),
    address: z.ipv4().optional(),
    blob: z.base64().optional(),
    engine: text.meta({ validations: [{ rule: 'self == oldSelf', message: 'engine is immutable' }] }).optional(),
    port: intOrString().optional(),
    template: z
      .strictObject({
        title: text.optional(),
        body: text.optional(),
        retries: integer.default(3),
        nested: z.strictObject({ a: text.optional(), b: text.optional() }).optional(),
      })
      .describe('A granular object.')
      .optional(),
    limits: z
      .strictObject({
        cpu: text.default('100m'),
        memory: text.default('64Mi'),
        burst: z.strictObject({ factor: integer.default(2) }).prefault({}),
      })
      .prefault({}),
    anchor: z
      .strictObject({ x: integer.optional(), z: integer.optional(), label: text.optional() })
      .describe('An atomic object.')
      .meta({ mapType: 'atomic' })
      .optional(),
    containers: z
      .array(container)
      .max(10)
      .meta({ listType: 'map', listMapKeys: ['name'] })
      .optional(),
    tags: z.array(text).meta({ listType: 'set' }).optional(),
    args: z.array(text).max(5).meta({ listType: 'atomic' }).optional(),
    plain: z.array(text).min(1).optional(),
    rules: z.array(z.strictObject({ path: text.optional(), weight: integer.default(1) })).optional(),
    matrix: z.array(z.array(integer)).optional(),
    settings: mapOfAtMost(4, text).optional(),
    picks: z.record(text, text).meta({ mapType: 'atomic' }).optional(),
    zones: z
      .record(
        text,
        z.strictObject({ weight: integer.default(1), tags: z.array(text).meta({ listType: 'set' }).optional() }),
      )
      .optional(),
    target: exactlyOne(
      z.strictObject({ byName: text.optional(), byId: integer.optional() }),
      ['byName'],
      ['byId'],
    ).optional(),
    raw: preserving({}).optional(),
    child: embedded().optional(),
  })
  .describe('What is wanted.')
  .meta({
    validations: [
      {
        rule: '!has(self.minSize) || !has(self.maxSize) || self.minSize <= self.maxSize',
        messageExpression: "self.minSize > 100 ? 'minSize is far above maxSize' : 'minSize is above maxSize'",
        fieldPath: '.minSize',
      },
      {
        rule: "!(self.color == 'black' && self.replicas > 5)",
        message: 'black widgets have at most five replicas',
        reason: 'FieldValueForbidden',
      },
    ],
  })

const status = z.strictObject({
  phase: z.enum(['Pending', 'Ready', 'Failed']).optional(),
  replicas: integer.optional(),
  selector: text.optional(),
  observedGeneration: z.int().meta({ format: 'int64' }).optional(),
  conditions: z
    .array(
      z.strictObject({
        type: text,
        status: z.enum(['True', 'False', 'Unknown']),
        reason: text.optional(),
        message: text.optional(),
        lastTransitionTime: z.iso.datetime({ offset: true }).optional(),
        observedGeneration: z.int().meta({ format: 'int64' }).optional(),
      }),
    )
    .meta({ listType: 'map', listMapKeys: ['type'] })
    .optional(),
})

/** What the expressions above mean; Kubernetes shows the type of what they are about for its value. */
function ruleProblems(now: z.output<typeof spec>, old: z.output<typeof spec> | undefined): readonly FieldProblem[] {
  const { minSize, maxSize, color, replicas, engine } = now
  return [
    ...(minSize === undefined || maxSize === undefined || minSize <= maxSize
      ? []
      : [invalid('spec.minSize', 'object', `minSize is ${minSize > 100 ? 'far ' : ''}above maxSize`)]),
    ...(color === 'black' && replicas > 5 ? [forbidden('spec', 'black widgets have at most five replicas')] : []),
    ...(engine === undefined || old?.engine === undefined || engine === old.engine
      ? []
      : [invalid('spec.engine', 'string', 'engine is immutable')]),
  ]
}

/** Namespaced, with status, scale and every schema flavour. */
export const Widget = defineKind(
  {
    group,
    kind: 'Widget',
    plural: 'widgets',
    shortNames: ['wd'],
    categories: ['gantry'],
    description: 'Widget exercises every merge and validation flavour of a structural schema.',
    shape: { spec, status: status.optional() },
    scale: { specPath: '.spec.replicas', statusPath: '.status.replicas', selectorPath: '.status.selector' },
    selectableFields: ['spec.color', 'spec.size'],
    columns: [
      { name: 'Color', type: 'string', jsonPath: '.spec.color', description: 'The paint.' },
      { name: 'Size', type: 'integer', jsonPath: '.spec.size', description: '' },
      { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', description: '' },
      { name: 'Engine', type: 'string', jsonPath: '.spec.engine', priority: 1, description: '' },
      { name: 'Ratio', type: 'number', jsonPath: '.spec.ratio', priority: 1, description: '' },
      { name: 'Enabled', type: 'boolean', jsonPath: '.spec.enabled', priority: 1, description: '' },
      { name: 'Due', type: 'date', jsonPath: '.spec.due', priority: 1, description: '' },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: '' },
    ],
  },
  { validate: (widget, old) => ruleProblems(widget.spec, old?.spec) },
)
export type Widget = ObjectOfKind<typeof Widget>

/** Cluster-scoped, without subresources. */
export const ClusterWidget = defineKind({
  group,
  kind: 'ClusterWidget',
  plural: 'clusterwidgets',
  shortNames: ['cwd'],
  categories: [],
  scope: 'Cluster',
  description: '',
  statusSubresource: false,
  shape: {
    spec: z.strictObject({ value: text.optional(), count: integer.optional() }).optional(),
    status: z.strictObject({ phase: text.optional() }).optional(),
  },
})
export type ClusterWidget = ObjectOfKind<typeof ClusterWidget>
