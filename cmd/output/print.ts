/** Objects as text, in the formats of `-o`. */
import { stringify } from 'yaml'
import type { Kind } from '../../api/meta/kind.ts'
import type { Resource } from '../../api/meta/object.ts'
import { titleOf } from '../manifest/manifest.ts'

export const outputFormats = ['json', 'yaml', 'name', 'wide'] as const
export type OutputFormat = (typeof outputFormats)[number]

export interface Printable {
  readonly kind: Kind
  readonly object: Resource
}

/** The object without metadata.managedFields: as kubectl, people see who owns which field only when they ask. */
export function withoutManagedFields<T extends Resource>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** Any value as YAML, the way people write it: long text is not folded. */
export const yamlText = (value: unknown): string => stringify(value, { lineWidth: 0 }).trimEnd()
export const jsonText = (value: unknown): string => JSON.stringify(value, null, 2)

/** What `-o json|yaml|name` prints: an object alone when `single`, else a List (or one name per line). */
export function printed(objects: readonly Printable[], format: 'json' | 'yaml' | 'name', single: boolean): string {
  if (format === 'name') return objects.map(({ kind, object }) => titleOf(kind, object.metadata.name)).join('\n')
  const items = objects.map(({ object }) => object)
  const value = single && items.length === 1 ? items[0] : { apiVersion: 'v1', kind: 'List', metadata: {}, items }
  return format === 'json' ? jsonText(value) : yamlText(value)
}
