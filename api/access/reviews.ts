/** Answers the questions of api/v1/reviews.ts. */
import { Fault, type FieldProblem, isFault } from '../../lib/errors.ts'
import { isRecord } from '../meta/json.ts'
import type { Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { invalidObject } from '../meta/parse.ts'
import { invalid } from '../meta/problems.ts'
import type { PolicyRule } from '../v1/rbac-spec.ts'
import {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectReview,
  SelfSubjectRulesReview,
  type SubjectAccessReview,
  TokenReview,
} from '../v1/reviews.ts'
import { type Attributes, type Authorizer, pathAttributes, resourceAttributes } from './attributes.ts'
import type { Authenticator } from './authenticator.ts'
import type { Policy } from './policy.ts'
import { containerInstanceOf, type User } from './user.ts'

export interface Asking {
  /** Who asks. */
  readonly user: User
  /** Of the path. */
  readonly namespace: string
  readonly authorize: Authorizer
  readonly authenticate: Authenticator
  readonly policy: Policy
}

type Access = SubjectAccessReview['spec']

/** As Go leaves out what is empty. */
function shortened(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = Object.entries(value).filter(([, one]) =>
    Array.isArray(one) ? one.length > 0 : one !== undefined && one !== null && one !== '',
  )
  return Object.fromEntries(kept.map(([name, one]) => [name, isRecord(one) ? shortened(one) : one]))
}

export const userInfo = ({ name, uid = '', groups, extra = {} }: User): object =>
  shortened({ username: name, uid, groups, ...(Object.keys(extra).length === 0 ? {} : { extra }) })

function accessProblems(kind: Kind, spec: Access, namespace: string): readonly FieldProblem[] {
  const { resourceAttributes: resource, nonResourceAttributes: path, user = '', groups = [] } = spec
  const local = kind.kind === LocalSubjectAccessReview.kind
  const named = kind.kind === SelfSubjectAccessReview.kind || user !== '' || groups.length > 0
  return [
    ...(path !== undefined && resource !== undefined
      ? [
          invalid(
            'spec.nonResourceAttributes',
            { Path: path.path ?? '', Verb: path.verb ?? '' },
            'cannot be specified in combination with resourceAttributes',
          ),
        ]
      : []),
    ...(path === undefined && resource === undefined
      ? [
          invalid(
            'spec.resourceAttributes',
            null,
            'exactly one of nonResourceAttributes or resourceAttributes must be specified',
          ),
        ]
      : []),
    ...(named ? [] : [invalid('spec.user', user, 'at least one of user or group must be specified')]),
    ...(local && path !== undefined
      ? [invalid('spec.nonResourceAttributes', path, 'disallowed on this kind of request')]
      : []),
    ...(local && resource !== undefined && (resource.namespace ?? '') !== namespace
      ? [invalid('spec.resourceAttributes.namespace', resource.namespace ?? '', 'must match metadata.namespace')]
      : []),
  ]
}

/** A selector that was taken apart, as text; what has no text selects nothing that anybody relies on. */
function selectorText(selector: NonNullable<Access['resourceAttributes']>['fieldSelector']): string | undefined {
  if (selector?.rawSelector !== undefined) return selector.rawSelector
  const terms = (selector?.requirements ?? []).flatMap(({ key, operator, values = [] }) =>
    operator === 'In' && values.length === 1 ? [`${key}=${values[0]}`] : [],
  )
  return terms.length === 0 ? undefined : terms.join(',')
}

function attributesOf(user: User, { resourceAttributes: resource, nonResourceAttributes: path }: Access): Attributes {
  if (resource === undefined) return pathAttributes(user, path?.verb ?? '', path?.path ?? '')
  const { fieldSelector, labelSelector: _labels, ...said } = resource
  const selector = selectorText(fieldSelector)
  return resourceAttributes(user, {
    ...(shortened(said) as typeof said),
    verb: said.verb ?? '',
    ...(selector === undefined ? {} : { fieldSelector: selector }),
  } as Parameters<typeof resourceAttributes>[1])
}

async function accessStatus(kind: Kind, spec: Access, asking: Asking, signal: AbortSignal): Promise<object> {
  const problems = accessProblems(kind, spec, asking.namespace)
  if (problems.length > 0) throw invalidObject({ ...kind, kind: '' }, '', problems)
  const { user = '', uid, groups = [], extra } = spec
  const about: User =
    kind.kind === SelfSubjectAccessReview.kind
      ? asking.user
      : { name: user, groups, ...(uid === undefined ? {} : { uid }), ...(extra === undefined ? {} : { extra }) }
  const { allowed, reason } = await asking.authorize(attributesOf(about, spec), signal)
  return { allowed, ...(reason === '' ? {} : { reason }) }
}

function rulesStatus(namespace: string, { user, policy }: Asking): object {
  if (namespace === '') throw new Fault('BadRequest', 'no namespace on request')
  const rules = policy.rulesFor(user, namespace)
  const ofPaths = (rule: PolicyRule): boolean => (rule.nonResourceURLs ?? []).length > 0
  const told = ({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): object =>
    shortened({ verbs, apiGroups, resources, resourceNames, nonResourceURLs })
  return {
    resourceRules: rules.filter((rule) => !ofPaths(rule)).map(told),
    nonResourceRules: rules.filter(ofPaths).map(told),
    // What an agent may touch depends on its tasks.
    incomplete: containerInstanceOf(user) !== undefined,
  }
}

async function tokenStatus(token: string, { authenticate }: Asking, signal: AbortSignal): Promise<object> {
  if (token === '') throw new Fault('BadRequest', 'token is required for TokenReview in authentication')
  try {
    const user = await authenticate({ authorization: `Bearer ${token}` }, signal)
    if (user !== undefined) return { authenticated: true, user: userInfo(user) }
  } catch (error) {
    if (!isFault(error, 'Unauthorized')) throw error
  }
  return { user: {}, error: 'invalid bearer token' }
}

/** The spec as it was understood, if there is one, and the answer. Faults: BadRequest, Invalid, those of the store. */
export async function answerReview(
  kind: Kind,
  object: Resource,
  asking: Asking,
  signal: AbortSignal,
): Promise<{ readonly spec?: Readonly<Record<string, unknown>>; readonly status: object }> {
  const spec = shortened((object.spec ?? {}) as Readonly<Record<string, unknown>>)
  switch (kind.kind) {
    case SelfSubjectReview.kind:
      return { status: { userInfo: userInfo(asking.user) } }
    case SelfSubjectRulesReview.kind:
      return { spec: {}, status: rulesStatus(typeof spec.namespace === 'string' ? spec.namespace : '', asking) }
    case TokenReview.kind:
      return { spec, status: await tokenStatus(typeof spec.token === 'string' ? spec.token : '', asking, signal) }
    default:
      return { spec, status: await accessStatus(kind, object.spec as Access, asking, signal) }
  }
}
