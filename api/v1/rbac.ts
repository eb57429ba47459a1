/** Who may do what: Role, ClusterRole and their bindings, as rbac.authorization.k8s.io/v1 has them. */
import { z } from 'zod'
import type { FieldProblem } from '../../lib/errors.ts'
import { defineKind, type ObjectOfKind, type PrinterColumn } from '../meta/kind.ts'
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
const bindingColumns: readonly PrinterColumn[] = [
  { name: 'Role', type: 'string', jsonPath: '.roleRef.name', description: 'What is granted.' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
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

const validate = <
  T extends { readonly roleRef: z.output<typeof RoleRef>; readonly subjects?: readonly Subject[] | undefined },
>(
  kinds: readonly string[],
  namespaced: boolean,
) => ({
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
  validate(['ClusterRole', 'Role'], true),
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
  validate(['ClusterRole'], false),
)
export type ClusterRoleBinding = ObjectOfKind<typeof ClusterRoleBinding>
