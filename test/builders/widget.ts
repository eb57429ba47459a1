/** Kinds that no product code knows: what serves them serves any kind. */
import { z } from 'zod'
import { Conditions } from '../../api/meta/conditions.ts'
import { defineKind, type ObjectOfKind } from '../../api/meta/kind.ts'

/** Namespaced, with status, defaults, a selectable field and a rule. */
export const Widget = defineKind(
  {
    group: 'test.gantry.dev',
    kind: 'Widget',
    isTerse: false,
    plural: 'widgets',
    shortNames: ['wd'],
    description: 'A thing to test with.',
    shape: {
      spec: z.strictObject({
        color: z.enum(['red', 'green', 'blue']).describe('The paint.'),
        size: z.int().min(0).max(1000).default(1).describe('How big.'),
        notes: z.record(z.string(), z.string()).optional().describe('What to know.'),
      }),
      status: z
        .strictObject({ phase: z.string().optional(), count: z.int().optional(), conditions: Conditions.optional() })
        .optional(),
    },
    selectableFields: ['spec.color', 'status.phase'],
    columns: [
      { name: 'Color', type: 'string', jsonPath: '.spec.color', description: 'The paint.' },
      { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where it is.' },
      { name: 'Size', type: 'integer', jsonPath: '.spec.size', description: 'How big.', priority: 1 },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
    ],
  },
  {
    validate: (widget, old) =>
      old !== undefined && old.spec.size > widget.spec.size
        ? [
            {
              path: 'spec.size',
              reason: 'FieldValueInvalid',
              message: `Invalid value: ${widget.spec.size}: must not shrink`,
            },
          ]
        : [],
    warnings: (widget) => (widget.spec.color === 'red' ? ['spec.color: "red" fades'] : []),
  },
)
export type Widget = ObjectOfKind<typeof Widget>

/** Cluster-scoped, without status. */
export const Gadget = defineKind({
  group: 'test.gantry.dev',
  kind: 'Gadget',
  plural: 'gadgets',
  scope: 'Cluster',
  description: 'Another thing to test with.',
  shape: { spec: z.strictObject({ value: z.string().optional() }).prefault({}) },
})
export type Gadget = ObjectOfKind<typeof Gadget>

/** What a client sends to create a Widget. */
export const aWidget = (
  name: string,
  spec: Partial<Widget['spec']> = {},
  metadata: Partial<Widget['metadata']> = {},
): { metadata: { name: string; namespace: string } & Partial<Widget['metadata']>; spec: Widget['spec'] } => ({
  metadata: { namespace: 'default', ...metadata, name },
  spec: { color: 'blue', size: 1, ...spec },
})
