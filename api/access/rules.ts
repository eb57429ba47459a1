/** What RBAC rules say: whether one allows a request, and whether some cover others. Pure. */
import type { PolicyRule } from '../v1/rbac-spec.ts'
import type { Attributes } from './attributes.ts'

const all = '*'
const has = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes(all) || list.includes(value))

/** `tasks/status`; without a part only the resource. */
const combined = (resource: string, part: string): string => (part === '' ? resource : `${resource}/${part}`)

const hasResource = (list: readonly string[] | undefined, resource: string, part: string): boolean =>
  has(list, combined(resource, part)) || (part !== '' && list?.includes(`*/${part}`) === true)

const hasName = (list: readonly string[] | undefined, name: string): boolean =>
  list === undefined || list.length === 0 || list.includes(name)

const hasPath = (list: readonly string[] | undefined, path: string): boolean =>
  list?.some(
    (one) => one === all || one === path || (one.endsWith(all) && path.startsWith(one.replace(/\*+$/, ''))),
  ) === true

/** Whether the rule allows the request. */
export const allows = (rule: PolicyRule, wanted: Attributes): boolean =>
  has(rule.verbs, wanted.verb) &&
  (wanted.isResourceRequest
    ? has(rule.apiGroups, wanted.group) &&
      hasResource(rule.resources, wanted.resource, wanted.subresource) &&
      hasName(rule.resourceNames, wanted.name)
    : hasPath(rule.nonResourceURLs, wanted.path))

/** A rule about one thing. */
type Atom = Readonly<Record<'verb' | 'group' | 'resource', string>> & { readonly name?: string; readonly path?: string }

const namesOf = ({ resourceNames = [] }: PolicyRule): readonly (string | undefined)[] =>
  resourceNames.length === 0 ? [undefined] : resourceNames

function* atoms(rule: PolicyRule): Generator<Atom> {
  for (const verb of rule.verbs) {
    for (const path of rule.nonResourceURLs ?? []) yield { verb, path, group: '', resource: '' }
    for (const group of rule.apiGroups ?? [])
      for (const resource of rule.resources ?? [])
        for (const name of namesOf(rule)) yield { verb, group, resource, ...(name === undefined ? {} : { name }) }
  }
}

/** How many single things rules speak of. */
export const breadthOf = (rules: readonly PolicyRule[]): number =>
  rules.reduce((sum, rule) => {
    const resources = (rule.apiGroups ?? []).length * (rule.resources ?? []).length * namesOf(rule).length
    return sum + rule.verbs.length * ((rule.nonResourceURLs ?? []).length + resources)
  }, 0)

function coversAtom(rule: PolicyRule, { verb, group, resource, name, path }: Atom): boolean {
  if (!has(rule.verbs, verb)) return false
  if (path !== undefined) return hasPath(rule.nonResourceURLs, path)
  const [main = '', part = ''] = resource.split('/')
  const names = rule.resourceNames ?? []
  return (
    has(rule.apiGroups, group) &&
    hasResource(rule.resources, main, part) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  )
}

const ruleOf = ({ verb, group, resource, name, path }: Atom): PolicyRule =>
  path === undefined
    ? {
        verbs: [verb],
        apiGroups: [group],
        resources: [resource],
        ...(name === undefined ? {} : { resourceNames: [name] }),
      }
    : { verbs: [verb], nonResourceURLs: [path] }

/** What of `wanted` is not in `held`, the first `most` of it: nobody can grant what they do not have. */
export function uncovered(
  held: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
  most = Number.POSITIVE_INFINITY,
): readonly PolicyRule[] {
  const missing: PolicyRule[] = []
  for (const rule of wanted) {
    for (const atom of atoms(rule)) {
      if (held.some((one) => coversAtom(one, atom))) continue
      missing.push(ruleOf(atom))
      if (missing.length >= most) return missing
    }
  }
  return missing
}
