/** The CustomResourceDefinition of a kind. */
import type { z } from 'zod'
import type { Kind, PrinterColumn } from './kind.ts'
import { type Schema, structuralSchemaOf } from './structural.ts'

const column = ({ name, type, jsonPath, description, priority }: PrinterColumn): Schema => ({
  name,
  type,
  jsonPath,
  description,
  ...(priority === undefined || priority === 0 ? {} : { priority }),
})

/** The schema of a kind's objects: apiVersion, kind and metadata are the API server's own; a CRD may only name them. */
export function rootSchemaOf(kind: Pick<Kind, 'schema' | 'description'>): Schema {
  const root = structuralSchemaOf(kind.schema as z.ZodType)
  const properties = root.properties as Record<string, Schema>
  const named = {
    apiVersion: { type: 'string', description: properties.apiVersion?.description },
    kind: { type: 'string', description: properties.kind?.description },
    metadata: { type: 'object' },
  }
  const required = (root.required as readonly string[]).filter((name) => !(name in named))
  return {
    ...(kind.description === '' ? {} : { description: kind.description }),
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties: { ...properties, ...named },
  }
}

function subresources(kind: Kind): Schema {
  const scale =
    kind.scale === undefined
      ? {}
      : {
          scale: {
            specReplicasPath: kind.scale.specPath,
            statusReplicasPath: kind.scale.statusPath,
            ...(kind.scale.selectorPath === undefined ? {} : { labelSelectorPath: kind.scale.selectorPath }),
          },
        }
  const all = { ...(kind.statusSubresource ? { status: {} } : {}), ...scale }
  return Object.keys(all).length === 0 ? {} : { subresources: all }
}

/** As a kube-apiserver gives it to new objects, whatever they were sent with: status is a subresource, but defaults count. */
function schemaWithFirstStatus(kind: Kind): Schema {
  const root = rootSchemaOf(kind)
  if (kind.firstStatus === undefined) return root
  const properties = root.properties as Record<string, Schema>
  return { ...root, properties: { ...properties, status: { ...properties.status, default: kind.firstStatus } } }
}

/** The CustomResourceDefinition, as an object. */
export function crdOf(kind: Kind): Schema {
  const selectable = kind.selectableFields.map((path) => ({ jsonPath: `.${path}` }))
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${kind.group}` },
    spec: {
      group: kind.group,
      scope: kind.scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
        ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
      },
      versions: [
        {
          name: kind.version,
          served: true,
          storage: true,
          ...subresources(kind),
          ...(selectable.length === 0 ? {} : { selectableFields: selectable }),
          ...(kind.columns.length === 0 ? {} : { additionalPrinterColumns: kind.columns.map(column) }),
          schema: { openAPIV3Schema: schemaWithFirstStatus(kind) },
        },
      ],
    },
  }
}
