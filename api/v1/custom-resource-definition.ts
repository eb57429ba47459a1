/** apiextensions.k8s.io/v1 CustomResourceDefinition: how a kind of ours looks to who expects it in a Kubernetes cluster. Never stored. */
import { z } from 'zod'
import { Conditions } from '../meta/conditions.ts'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'
import { createdAtColumn } from './native-columns.ts'

const Names = z.strictObject({
  plural: z.string().describe('Its name in paths.'),
  singular: z.string().optional().describe('Its name in lower case, for one.'),
  shortNames: z.array(z.string()).optional().describe('What people type.').meta({ listType: 'atomic' }),
  kind: z.string().describe('Its name in objects.'),
  listKind: z.string().optional().describe('Its name in lists.'),
  categories: z.array(z.string()).optional().describe('The groups of kinds it is in.').meta({ listType: 'atomic' }),
})

const Column = z.strictObject({
  name: z.string().describe('Title.'),
  type: z.string().describe('OpenAPI type, or date.'),
  format: z.string().optional().describe('OpenAPI format.'),
  description: z.string().optional().describe('What it shows.'),
  priority: z.int32().optional().describe('Above 0 for wide output only.'),
  jsonPath: z.string().describe('Where the value is.'),
})

const Version = z.strictObject({
  name: z.string().describe('The version: v1.'),
  served: z.boolean().describe('Whether it can be asked for.'),
  storage: z.boolean().describe('Whether objects are kept in it.'),
  schema: z
    .strictObject({ openAPIV3Schema: z.looseObject({}).optional().describe('Structural OpenAPI v3 schema.') })
    .optional()
    .describe('What its objects look like.'),
  subresources: z
    .strictObject({
      status: z.looseObject({}).optional().describe('Status is written apart.'),
      scale: z
        .strictObject({
          specReplicasPath: z.string().describe('Where the wanted number is.'),
          statusReplicasPath: z.string().describe('Where the number there is is.'),
          labelSelectorPath: z.string().optional().describe('Where the selector is.'),
        })
        .optional()
        .describe('What scaling it means.'),
    })
    .optional()
    .describe('Parts with paths of their own.'),
  selectableFields: z
    .array(z.strictObject({ jsonPath: z.string().describe('Where the field is.') }))
    .optional()
    .describe('What field selectors may use.')
    .meta({ listType: 'atomic' }),
  additionalPrinterColumns: z.array(Column).optional().describe('Columns of tables.').meta({ listType: 'atomic' }),
})

export const CustomResourceDefinition = defineKind({
  group: 'apiextensions.k8s.io',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  scope: 'Cluster',
  statusSubresource: false,
  description: 'A kind that is served, as a Kubernetes cluster would have to know it. It can only be read.',
  shape: {
    spec: z
      .strictObject({
        group: z.string().describe('Its API group.'),
        names: Names.describe('What it is called.'),
        scope: z.enum(['Cluster', 'Namespaced']).describe('Whether objects are in namespaces.'),
        versions: z.array(Version).describe('Its versions.').meta({ listType: 'atomic' }),
        conversion: z
          .strictObject({ strategy: z.string().describe('None: there is nothing to convert.') })
          .optional()
          .describe('How objects go from version to version.'),
      })
      .describe('What is served.'),
    status: z
      .strictObject({
        conditions: Conditions.optional(),
        acceptedNames: Names.optional().describe('The names in use.'),
        storedVersions: z
          .array(z.string())
          .optional()
          .describe('Versions that objects were kept in.')
          .meta({ listType: 'atomic' }),
      })
      .optional()
      .describe('Whether it is served.'),
  },
  columns: [createdAtColumn],
})
export type CustomResourceDefinition = ObjectOfKind<typeof CustomResourceDefinition>
