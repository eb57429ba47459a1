/** Questions about users and their rights, as Kubernetes' authorization.k8s.io and authentication.k8s.io: answered, never stored. */
import { z } from 'zod'
import { defineKind, type Kind, type ObjectOfKind } from '../meta/kind.ts'

const question = { version: 'v1', categories: [], hasGeneration: false, statusSubresource: false } as const
const authorization = { ...question, group: 'authorization.k8s.io' } as const
const authentication = { ...question, group: 'authentication.k8s.io' } as const

const text = (description: string) => z.string().optional().describe(description)
const texts = (description: string) => z.array(z.string()).optional().describe(description).meta({ listType: 'atomic' })
const extra = z.record(z.string(), z.array(z.string())).optional().describe('More about the user.')

const selector = (of: string) =>
  z
    .strictObject({
      rawSelector: text('The selector as text.'),
      requirements: z
        .array(
          z.strictObject({
            key: z.string().describe('What is compared.'),
            operator: z.string().describe('In, NotIn, Exists or DoesNotExist.'),
            values: texts('Values for In and NotIn.'),
          }),
        )
        .optional()
        .describe('The selector taken apart.'),
    })
    .optional()
    .describe(`Only what this ${of} selector selects.`)

const ResourceAttributes = z.strictObject({
  namespace: text('Namespace; empty is all, or cluster-scoped.'),
  verb: text('get, list, watch, create, update, patch, delete, deletecollection; * is all.'),
  group: text('API group; * is all.'),
  version: text('API version; * is all.'),
  resource: text('Resource, as tasks; * is all.'),
  subresource: text('Part of the resource, as status.'),
  name: text('Name of the object; empty is all.'),
  fieldSelector: selector('field'),
  labelSelector: selector('label'),
})
const NonResourceAttributes = z.strictObject({ path: text('The path.'), verb: text('The method in lower case.') })

const attributes = {
  resourceAttributes: ResourceAttributes.optional().describe('A request for a resource.'),
  nonResourceAttributes: NonResourceAttributes.optional().describe('A request for another path.'),
}
const subject = {
  user: text('Name of the user.'),
  groups: texts('Groups of the user.'),
  extra,
  uid: text('UID of the user.'),
}

const decided = z
  .strictObject({
    allowed: z.boolean().describe('Whether the request is allowed.'),
    denied: z.boolean().optional().describe('Whether it is refused whatever else allows it.'),
    reason: text('Why.'),
    evaluationError: text('What went wrong; the answer may still be right.'),
  })
  .optional()
  .describe('The answer.')

const UserInfo = z.strictObject({
  username: text('Name of the user.'),
  uid: text('UID of the user.'),
  groups: texts('Groups of the user.'),
  extra,
})

export const SubjectAccessReview = defineKind({
  ...authorization,
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  scope: 'Cluster',
  description: 'Asks whether a user may do something.',
  shape: {
    spec: z
      .strictObject({ ...attributes, ...subject })
      .prefault({})
      .describe('What is asked.'),
    status: decided,
  },
})
export type SubjectAccessReview = ObjectOfKind<typeof SubjectAccessReview>

export const LocalSubjectAccessReview = defineKind({
  ...authorization,
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  description: 'Asks whether a user may do something in one namespace.',
  shape: {
    spec: z
      .strictObject({ ...attributes, ...subject })
      .prefault({})
      .describe('What is asked.'),
    status: decided,
  },
})

export const SelfSubjectAccessReview = defineKind({
  ...authorization,
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  scope: 'Cluster',
  description: 'Asks whether whoever asks may do something.',
  shape: { spec: z.strictObject(attributes).prefault({}).describe('What is asked.'), status: decided },
})

export const SelfSubjectRulesReview = defineKind({
  ...authorization,
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  scope: 'Cluster',
  description: 'Asks for all that whoever asks may do in a namespace.',
  shape: {
    spec: z
      .strictObject({ namespace: text('The namespace; needed.') })
      .prefault({})
      .describe('What is asked.'),
    status: z
      .strictObject({
        resourceRules: z
          .array(
            z.strictObject({
              verbs: z.array(z.string()).describe('Verbs.'),
              apiGroups: texts('API groups.'),
              resources: texts('Resources.'),
              resourceNames: texts('Names; empty is all.'),
            }),
          )
          .describe('What is allowed on resources.'),
        nonResourceRules: z
          .array(z.strictObject({ verbs: z.array(z.string()).describe('Verbs.'), nonResourceURLs: texts('Paths.') }))
          .describe('What is allowed on other paths.'),
        incomplete: z.boolean().describe('Whether more may be allowed.'),
        evaluationError: text('What went wrong.'),
      })
      .optional()
      .describe('The answer.'),
  },
})
export type SelfSubjectRulesReview = ObjectOfKind<typeof SelfSubjectRulesReview>

export const SelfSubjectReview = defineKind({
  ...authentication,
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  scope: 'Cluster',
  description: 'Asks who it is that asks.',
  shape: {
    status: z
      .strictObject({ userInfo: UserInfo.optional().describe('Whoever asks.') })
      .optional()
      .describe('The answer.'),
  },
})

export const TokenReview = defineKind({
  ...authentication,
  kind: 'TokenReview',
  plural: 'tokenreviews',
  scope: 'Cluster',
  description: 'Asks whose a bearer token is.',
  shape: {
    spec: z
      .strictObject({ token: text('The token.'), audiences: texts('Who must be able to accept it.') })
      .prefault({})
      .describe('What is asked.'),
    status: z
      .strictObject({
        authenticated: z.boolean().optional().describe('Whether the token is right.'),
        user: UserInfo.optional().describe('Whose it is.'),
        audiences: texts('Who may accept it.'),
        error: text('Why it is not right.'),
      })
      .optional()
      .describe('The answer.'),
  },
})
export type TokenReview = ObjectOfKind<typeof TokenReview>

/** All of them; `verbs` as discovery lists them. */
export const reviewKinds = [
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SelfSubjectReview,
  TokenReview,
].map((kind) => ({ ...(kind as unknown as Kind), verbs: ['create'] }))
