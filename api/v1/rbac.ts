/** Who may do what: Role, ClusterRole and their bindings, as rbac.authorization.k8s.io/v1 has them. */
import { z } from 'zod'
import type { FieldProblem } from '../../lib/errors.ts'
import { defineKind, type ObjectOfKind, type PrinterColumn } from '../meta/kind.ts'
import { ageColumn } from './native-columns.ts'
import { bindingProblems, clusterRoleProblems, rulesProblems } from './rbac-rules.ts'
import { LabelSelector, PolicyRule, RoleRef, rbacGroup, Subject } from './rbac-spec.ts'

const common = {
  group: rbacGroup,
  version: 'v1',
  categories: [],
  nameRule: 'pathSegment',
  hasGeneration: false,
} as const

const rules = z.array(PolicyRule).default([]).describe('What is allowed.').meta({ listType: 'atomic' })
const subjects = z.array(Subject).optional().describe('To whom.').meta({ listType: 'atomic' })
const roleRef = RoleRef.describe('What is granted; it cannot be changed.')

const created: PrinterColumn = {
  name: 'Created At',
  type: 'string',
  jsonPath: '.metadata.creationTimestamp',
  description: 'When it was created.',
}
interface BindingLike {
  readonly roleRef: z.output<typeof RoleRef>
  readonly subjects?: readonly Subject[] | undefined
}
/** Who of one sort is bound, as `-o wide` shows it. */
const bound = (name: string, kind: string): PrinterColumn => ({
  name,
  type: 'string',
  jsonPath: '.subjects',
  description: `Subjects that are ${name}.`,
  priority: 1,
  value: ({ subjects = [] }: BindingLike) =>
    subjects
      .filter((subject) => subject.kind === kind)
      .map((subject) => (kind === 'ServiceAccount' ? `${subject.namespace ?? ''}/${subject.name}` : subject.name))
      .join(', '),
})
const bindingColumns: readonly PrinterColumn[] = [
  {
    name: 'Role',
    type: 'string',
    jsonPath: '.roleRef',
    description: 'What is granted.',
    value: ({ roleRef: { kind, name } }: BindingLike) => `${kind}/${name}`,
  },
  ageColumn,
  bound('Users', 'User'),
  bound('Groups', 'Group'),
  bound('ServiceAccounts', 'ServiceAccount'),
]

export const Role = defineKind(
  {
    ...common,
    kind: 'Role',
    plural: 'roles',
    description: 'Rules about what may be done in one namespace.',
    shape: { rules },
    columns: [created],
  },
  { validate: (role) => rulesProblems(role.rules, true) },
)
export type Role = ObjectOfKind<typeof Role>

export const ClusterRole = defineKind(
  {
    ...common,
    kind: 'ClusterRole',
    plural: 'clusterroles',
    scope: 'Cluster',
    description: 'Rules about what may be done, in all namespaces or in those where it is bound.',
    shape: {
      rules,
      aggregationRule: z
        .strictObject({
          clusterRoleSelectors: z
            .array(LabelSelector)
            .default([])
            .describe('Which ClusterRoles; any of the selectors.')
            .meta({ listType: 'atomic' }),
        })
        .optional()
        .describe('The rules are those of other ClusterRoles, chosen by their labels.'),
    },
    columns: [created],
  },
  { validate: (role) => clusterRoleProblems(role) },
)
export type ClusterRole = ObjectOfKind<typeof ClusterRole>

const bindingRules = <T extends BindingLike>(kinds: readonly string[], namespaced: boolean) => ({
  /** Users and groups are of one API group, which may be left out. */
  complete: (binding: T): T =>
    binding.subjects?.some(({ kind, apiGroup = '' }) => kind !== 'ServiceAccount' && apiGroup === '') === true
      ? {
          ...binding,
          subjects: binding.subjects.map((subject) =>
            (subject.kind === 'User' || subject.kind === 'Group') && (subject.apiGroup ?? '') === ''
              ? { ...subject, apiGroup: rbacGroup }
              : subject,
          ),
        }
      : binding,
  validate: (binding: T, old: T | undefined): readonly FieldProblem[] =>
    bindingProblems(binding, old, { kinds, namespaced }),
})

export const RoleBinding = defineKind(
  {
    ...common,
    kind: 'RoleBinding',
    plural: 'rolebindings',
    description: 'Grants a Role, or a ClusterRole, in one namespace.',
    shape: { subjects, roleRef },
    columns: bindingColumns,
  },
  bindingRules(['ClusterRole', 'Role'], true),
)
export type RoleBinding = ObjectOfKind<typeof RoleBinding>

export const ClusterRoleBinding = defineKind(
  {
    ...common,
    kind: 'ClusterRoleBinding',
    plural: 'clusterrolebindings',
    scope: 'Cluster',
    description: 'Grants a ClusterRole everywhere.',
    shape: { subjects, roleRef },
    columns: bindingColumns,
  },
  bindingRules(['ClusterRole'], false),
)
export type ClusterRoleBinding = ObjectOfKind<typeof ClusterRoleBinding>
