/** Objects as Kubernetes Tables, from a kind's columns. Pure. */

import { humanDuration } from '../../../lib/human-duration.ts'
import { between, type Instant, parseTimestamp } from '../../../lib/time.ts'
import type { Kind, PrinterColumn } from '../../meta/kind.ts'
import type { Resource } from '../../meta/object.ts'
import { ageColumn, nameColumn } from '../../v1/native-columns.ts'
import type { MetaVersion } from './accept.ts'
import { valueAt } from './json-path.ts'

/** What of each object a row carries. */
export type RowObject = 'None' | 'Metadata' | 'Object'

/** Where the columns are from, in Kubernetes' words; only some say more. */
const described = ({ description, jsonPath }: PrinterColumn): string =>
  description === '' ? `Custom resource definition column (in JSONPath format): ${jsonPath}` : description

/** Kubernetes: a kind that declares none shows its age. */
const ownColumns = ({ columns }: Kind): readonly PrinterColumn[] =>
  columns.length > 0 ? columns : [{ ...ageColumn, type: 'date' }]

/** Whether one of the columns names the object. */
const namesItself = (kind: Kind): boolean => kind.columns.some(({ format }) => format === 'name')

const columnDefinitions = (kind: Kind): readonly object[] =>
  [...(namesItself(kind) ? [] : [nameColumn]), ...ownColumns(kind)].map((column) => ({
    name: column.name,
    type: column.type,
    format: column.format ?? '',
    description: described(column),
    priority: column.priority ?? 0,
  }))

function age(time: string | null | undefined, now: Instant): string {
  if (typeof time !== 'string') return '<unknown>'
  const at = parseTimestamp(time)
  return Number.isNaN(at) ? '<invalid>' : humanDuration(between(at, now))
}

function cell(object: Resource, column: PrinterColumn, now: Instant): unknown {
  if (column.value !== undefined) return column.value(object as never, (time) => age(time, now))
  const value = valueAt(object, column.jsonPath)
  if (value === undefined || value === null) return null
  if (column.type === 'date') return age(String(value), now)
  if (typeof value !== 'object') return column.type === 'string' ? String(value) : value
  return JSON.stringify(value)
}

/** The metadata of an object as an object of its own. */
export const partial = (object: Resource, version: MetaVersion = 'v1'): object => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata: object.metadata,
})

export interface TableOptions {
  readonly include: RowObject
  readonly columns: boolean
  readonly version: MetaVersion
}

function carried(object: Resource, { include, version }: TableOptions): object | null {
  switch (include) {
    case 'None':
      return null
    case 'Metadata':
      return partial(object, version)
    case 'Object':
      return object
  }
}

const tableOf = (kind: Kind, metadata: object, options: TableOptions, rows: readonly object[]): object => ({
  kind: 'Table',
  apiVersion: `meta.k8s.io/${options.version}`,
  metadata,
  columnDefinitions: options.columns ? columnDefinitions(kind) : null,
  rows,
})

export function table(
  kind: Kind,
  objects: readonly Resource[],
  metadata: object,
  options: TableOptions,
  now: Instant,
): object {
  const columns = ownColumns(kind)
  const names = namesItself(kind)
  const rows = objects.map((object) => ({
    cells: [...(names ? [] : [object.metadata.name]), ...columns.map((column) => cell(object, column, now))],
    object: carried(object, options),
  }))
  return tableOf(kind, metadata, options, rows)
}

/** A bookmark as a table: a row about nothing. */
export function bookmarkTable(kind: Kind, bookmark: Resource, options: TableOptions): object {
  const { resourceVersion } = bookmark.metadata
  const cells = columnDefinitions(kind).map((_, i) => (i === 0 ? '' : null))
  return tableOf(kind, { resourceVersion }, options, [{ cells, object: carried(bookmark, options) }])
}
