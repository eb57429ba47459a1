/** What is asked of a collection: namespace, labels and fields; parsed once, then asked of many objects. */
import { type FieldTerm, fieldTerms, holds } from './field-selector.ts'
import type { Kind } from './kind.ts'
import { labelSelector } from './label-selector.ts'
import type { Resource } from './object.ts'

/** Whether an object is selected. */
export type Selector = (object: Resource) => boolean

export interface Selection {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export interface Selected {
  readonly matches: Selector
  /** What the selection surely demands of a field, as `spec.containerInstance`: to look only where that holds. */
  readonly demands: readonly FieldTerm[]
  /** Whether objects of the namespace may be left out. */
  readonly selective: boolean
}

/** Reads a selection. Faults: BadRequest, worded as Kubernetes words them. */
export function selectionOf(kind: Kind, { namespace = '', ...text }: Selection): Selected {
  const byLabel = labelSelector(text.labelSelector)
  const terms = fieldTerms(kind, text.fieldSelector)
  const here: FieldTerm | undefined =
    namespace === '' ? undefined : { field: 'metadata.namespace', value: namespace, equal: true }
  const all = here === undefined ? terms : [here, ...terms]
  return {
    matches: (object) => all.every((term) => holds(term, object)) && (byLabel?.(object) ?? true),
    demands: all.filter(({ equal }) => equal),
    selective: byLabel !== undefined || terms.length > 0,
  }
}

/** Both selectors and a namespace in one question. */
export const selectorOf = (kind: Kind, selection: Selection): Selector => selectionOf(kind, selection).matches
