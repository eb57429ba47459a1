/** What keeps somebody from applying a value: others who own it with another one. */
import { Fault } from '../../../lib/errors.ts'
import { type FieldSet, hasField, pathsOf, shownPath } from '../../meta/fields/field-set.ts'
import type { Owner } from './owners.ts'

export interface Conflict {
  readonly owner: Owner
  readonly path: readonly string[]
}

/** One for each field of `fields`, all of which `owner` has. */
export const conflictsWith = (owner: Owner, fields: FieldSet): readonly Conflict[] =>
  [...pathsOf(fields)].map((path) => ({ owner, path }))

/** Those that are about no field of `allowed`. */
export const conflictsOutside = (conflicts: readonly Conflict[], allowed: FieldSet): readonly Conflict[] =>
  conflicts.filter(({ path }) => !hasField(allowed, path))

function shownOwner({ manager, subresource, operation, apiVersion }: Owner): string {
  const through = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`
  return `${JSON.stringify(manager)}${through}${operation === 'Update' ? ` using ${apiVersion}` : ''}`
}

function messageOf(conflicts: readonly Conflict[]): string {
  const [first] = conflicts
  if (first !== undefined && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${shownOwner(first.owner)}: ${shownPath(first.path)}`
  }
  const byOwner = Map.groupBy(conflicts, ({ owner }) => shownOwner(owner))
  const lines = [...byOwner]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([owner, of]) => [`conflicts with ${owner}:`, ...of.map(({ path }) => `- ${shownPath(path)}`)])
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
}

/** The refusal that names every conflict. */
export const applyConflict = (conflicts: readonly Conflict[]): Fault =>
  new Fault('Conflict', messageOf(conflicts), {
    problems: conflicts.map(({ owner, path }) => ({
      path: shownPath(path),
      reason: 'FieldManagerConflict' as const,
      message: `conflict with ${shownOwner(owner)}`,
    })),
  })
