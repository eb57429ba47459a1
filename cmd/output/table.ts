/** Tables of objects, as kubectl prints them. */
import type { Kind, PrinterColumn } from '../../api/meta/kind.ts'
import type { Resource } from '../../api/meta/object.ts'
import { between, type Instant, parseTimestamp } from '../../lib/time.ts'
import { titleOf } from '../manifest/manifest.ts'
import { ageText } from './age.ts'
import { valueAt } from './json-path.ts'

export interface TableOptions {
  readonly wide: boolean
  /** Whether a column says the namespace (`-A`). */
  readonly namespaces: boolean
  /** Whether names are written `kind/name`, for tables of several kinds. */
  readonly titles: boolean
  readonly labels: boolean
  readonly now: Instant
}

/** The header row of a kind's table. */
export const headerOf = (kind: Kind, options: TableOptions): readonly string[] => [
  ...(options.namespaces && kind.scope === 'Namespaced' ? ['NAMESPACE'] : []),
  'NAME',
  ...columnsOf(kind, options).map(({ name }) => name.toUpperCase()),
  ...(options.labels ? ['LABELS'] : []),
]

/** One object as a row. */
export const rowOf = (kind: Kind, object: Resource, options: TableOptions): readonly string[] => [
  ...(options.namespaces && kind.scope === 'Namespaced' ? [object.metadata.namespace ?? ''] : []),
  options.titles ? titleOf(kind, object.metadata.name) : object.metadata.name,
  ...columnsOf(kind, options).map((column) => cell(column, object, options.now)),
  ...(options.labels ? [labelsText(object)] : []),
]

/** Lines with the columns aligned, three blanks between them. `widths` keeps later rows (`-w`) in line: it grows. */
export function alignRows(rows: readonly (readonly string[])[], widths: number[] = []): readonly string[] {
  for (const row of rows) for (const [i, text] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, text.length)
  return rows.map((row) =>
    row
      .map((text, i) => (i === row.length - 1 ? text : text.padEnd((widths[i] ?? 0) + 3)))
      .join('')
      .trimEnd(),
  )
}

const columnsOf = (kind: Kind, { wide }: TableOptions): readonly PrinterColumn[] =>
  kind.columns.filter(({ priority = 0 }) => wide || priority === 0)

function cell(column: PrinterColumn, object: Resource, now: Instant): string {
  const since = (time: string | null | undefined): string =>
    typeof time === 'string' ? ageText(between(parseTimestamp(time), now)) : '<unknown>'
  if (column.value !== undefined) return String(column.value(object as never, since) ?? '<none>')
  const value = valueAt(object, column.jsonPath)
  if (value === undefined || value === null) return column.type === 'date' ? '<unknown>' : '<none>'
  if (column.type === 'date' && typeof value === 'string') return ageText(between(parseTimestamp(value), now))
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const labelsText = ({ metadata: { labels } }: Resource): string =>
  Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',') || '<none>'
