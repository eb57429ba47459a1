/** The parts of roles and bindings. */
import { z } from 'zod'

/** The API group of roles, of their bindings, and of users and groups as subjects. */
export const rbacGroup = 'rbac.authorization.k8s.io'

const texts = (description: string) => z.array(z.string()).optional().describe(description)

export const PolicyRule = z.strictObject({
  verbs: z.array(z.string()).default([]).describe('Verbs that the rule allows; * is all.'),
  apiGroups: texts('API groups of the resources; empty text is the core group, * is all.'),
  resources: texts('Resources, as tasks or tasks/status; * is all, */status that part of all.'),
  resourceNames: texts('Names that the rule is about; empty is all.'),
  nonResourceURLs: texts('Paths that are no resources; * at the end is any rest. Only in a ClusterRole.'),
})
export type PolicyRule = z.output<typeof PolicyRule>

export const Subject = z.strictObject({
  kind: z.string().describe('User, Group or ServiceAccount.'),
  apiGroup: z.string().optional().describe('Empty for ServiceAccount, else rbac.authorization.k8s.io.'),
  name: z.string().describe('Name of the subject.'),
  namespace: z.string().optional().describe('Namespace of a ServiceAccount.'),
})
export type Subject = z.output<typeof Subject>

export const RoleRef = z.strictObject({
  apiGroup: z.string().default(rbacGroup).describe('rbac.authorization.k8s.io.'),
  kind: z.string().describe('Role or ClusterRole.'),
  name: z.string().describe('Name of the role.'),
})

export const LabelSelector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).optional().describe('Labels and the values they must have.'),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string().describe('Label.'),
        operator: z.string().describe('In, NotIn, Exists or DoesNotExist.'),
        values: texts('Values for In and NotIn.'),
      }),
    )
    .optional()
    .describe('Requirements; all must hold.'),
})
export type LabelSelector = z.output<typeof LabelSelector>
