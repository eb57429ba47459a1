/** Objects as Kubernetes Tables, from a kind's columns. Pure. */

import { humanDuration } from '../../lib/human-duration.ts'
import { between, type Instant, parseTimestamp } from '../../lib/time.ts'
import type { Kind, PrinterColumn } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { nameColumn } from '../v1/native-columns.ts'
import { valueAt } from './json-path.ts'

/** What of each object a row carries. */
export type RowObject = 'None' | 'Metadata' | 'Object'

/** Whether one of the columns names the object. */
const namesItself = (kind: Kind): boolean => kind.columns.some(({ format }) => format === 'name')

export const columnDefinitions = (kind: Kind): readonly object[] =>
  [...(namesItself(kind) ? [] : [nameColumn]), ...kind.columns].map(
    ({ name, type, format, description, priority }) => ({
      name,
      type,
      format: format ?? '',
      description,
      priority: priority ?? 0,
    }),
  )

function age(time: string | null | undefined, now: Instant): string {
  if (typeof time !== 'string') return '<unknown>'
  const at = parseTimestamp(time)
  return Number.isNaN(at) ? '<invalid>' : humanDuration(between(at, now))
}

function cell(object: Resource, column: PrinterColumn, now: Instant): unknown {
  if (column.value !== undefined) return column.value(object as never, (time) => age(time, now))
  const value = valueAt(object, column.jsonPath)
  if (column.type === 'date') return age(value as string | undefined, now)
  if (value === undefined || value === null) return null
  if (typeof value !== 'object') return column.type === 'string' ? String(value) : value
  return JSON.stringify(value)
}

/** The metadata of an object as an object of its own. */
export const partial = (object: Resource): object => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
})

function row(kind: Kind, object: Resource, include: RowObject, now: Instant): object {
  const cells = [
    ...(namesItself(kind) ? [] : [object.metadata.name]),
    ...kind.columns.map((column) => cell(object, column, now)),
  ]
  switch (include) {
    case 'None':
      return { cells, object: null }
    case 'Metadata':
      return { cells, object: partial(object) }
    case 'Object':
      return { cells, object }
  }
}

export const table = (
  kind: Kind,
  objects: readonly Resource[],
  metadata: object,
  options: { readonly include: RowObject; readonly columns: boolean },
  now: Instant,
): object => ({
  kind: 'Table',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
  columnDefinitions: options.columns ? columnDefinitions(kind) : null,
  rows: objects.map((object) => row(kind, object, options.include, now)),
})
