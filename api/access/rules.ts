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

function atoms(rule: PolicyRule): readonly Atom[] {
  const paths = (rule.nonResourceURLs ?? []).map((path) => ({ path, group: '', resource: '' }))
  const names = (rule.resourceNames ?? []).length === 0 ? [undefined] : (rule.resourceNames ?? [])
  const resources = (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((resource) =>
      names.map((name) => ({ group, resource, ...(name === undefined ? {} : { name }) })),
    ),
  )
  return rule.verbs.flatMap((verb) => [...paths, ...resources].map((thing) => ({ verb, ...thing })))
}

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

/** What of `wanted` is not in `held`: nobody can grant what they do not have. */
export const uncovered = (held: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] =>
  wanted
    .flatMap(atoms)
    .filter((atom) => !held.some((rule) => coversAtom(rule, atom)))
    .map(ruleOf)
