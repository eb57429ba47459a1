/** Field sets brought in line with a type. */
import { type FieldSet, isEmptySet, noFields, union } from './field-set.ts'
import { type FieldType, memberType } from './field-type.ts'

/** The type below one step of a value of `type`; undefined when it has no such step. */
function below(type: FieldType, element: string): FieldType | undefined {
  if (type.kind === 'deduced') return element.startsWith('f:') ? type : undefined
  if (type.kind === 'map' && element.startsWith('f:')) return memberType(type, element.slice(2))
  return type.kind === 'list' && !element.startsWith('f:') ? type.item : undefined
}

const isAtomic = (type: FieldType): boolean =>
  (type.kind === 'map' && type.atomic) || (type.kind === 'list' && type.relation === 'atomic')

/** `set` with each node replaced by what `change` makes of it; the same set when that is nothing else. */
function mapped(set: FieldSet, change: (element: string, node: FieldSet) => FieldSet): FieldSet {
  let result: Record<string, FieldSet> | undefined
  for (const element in set) {
    if (element === '.') continue
    const node = set[element] as FieldSet
    const changed = change(element, node)
    if (changed === node) continue
    result ??= { ...set }
    result[element] = changed
  }
  return result ?? set
}

const itself: FieldSet = Object.freeze({ '.': noFields })

/** `set` and all declared members on the way to its fields: removing them removes what holds them. */
export function withDeclaredMembers(set: FieldSet, type: FieldType): FieldSet {
  return mapped(set, (element, node) => {
    const inner = below(type, element)
    const deeper = inner === undefined ? node : withDeclaredMembers(node, inner)
    const isDeclared = type.kind === 'map' && type.fields.has(element.slice(2)) && element.startsWith('f:')
    return isDeclared && !isEmptySet(deeper) ? union(deeper, itself) : deeper
  })
}

/** `set` as of a type that has become atomic since in some place: who owned a part there owns the whole. */
export function reconciled(set: FieldSet, type: FieldType): FieldSet {
  return mapped(set, (element, node) => {
    const inner = below(type, element)
    if (inner === undefined || isEmptySet(node)) return node
    return isAtomic(inner) ? noFields : reconciled(node, inner)
  })
}
