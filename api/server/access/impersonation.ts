/** Acting as somebody else: the Impersonate-* headers, and whether the user may. As kube-apiserver reads them. */
import { type Attributes, type Authorizer, resourceAttributes } from '../../access/attributes.ts'
import { forbidden } from '../../access/forbidden.ts'
import {
  anonymous,
  authenticatedGroup,
  serviceAccountOf,
  serviceAccountUser,
  type User,
  unauthenticatedGroup,
} from '../../access/user.ts'

interface Wanted {
  readonly name: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>>
}

const extraPrefix = 'impersonate-extra-'

function decoded(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

function wantedBy(headers: Headers, raw: readonly (readonly [string, string])[]): Wanted {
  const extra: Record<string, string[]> = {}
  for (const [name, value] of raw) {
    if (!name.toLowerCase().startsWith(extraPrefix)) continue
    const key = decoded(name.slice(extraPrefix.length).toLowerCase())
    extra[key] = [...(extra[key] ?? []), value]
  }
  const groups = raw.filter(([name]) => name.toLowerCase() === 'impersonate-group').map(([, value]) => value)
  return { name: headers.get('impersonate-user') ?? '', uid: headers.get('impersonate-uid') ?? '', groups, extra }
}

/** Whoever has a name but no group gets those that everybody of that kind has. */
function userOf({ name, uid, groups, extra }: Wanted): User {
  const account = serviceAccountOf(name)
  const own =
    groups.length === 0 && account !== undefined ? serviceAccountUser(account.namespace, account.name).groups : groups
  const known = own.includes(authenticatedGroup) || own.includes(unauthenticatedGroup)
  const everybody = name === anonymous.name ? unauthenticatedGroup : authenticatedGroup
  return {
    name,
    ...(uid === '' ? {} : { uid }),
    groups: known ? own : [...own, everybody],
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  }
}

function permissions(user: User, { name, uid, groups, extra }: Wanted): readonly Attributes[] {
  const account = serviceAccountOf(name)
  const one = (more: Partial<Attributes>): Attributes =>
    resourceAttributes(user, { version: 'v1', ...more, verb: 'impersonate' })
  const authentication = { group: 'authentication.k8s.io' }
  return [
    account === undefined ? one({ resource: 'users', name }) : one({ resource: 'serviceaccounts', ...account }),
    ...groups.map((group) => one({ resource: 'groups', name: group })),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => one({ ...authentication, resource: 'userextras', subresource: key, name: value })),
    ),
    ...(uid === '' ? [] : [one({ ...authentication, resource: 'uids', name: uid })]),
  ]
}

/** Headers that say whom to be, but for the user: the client's fault that kube-apiserver calls its own. */
export class NobodyToImpersonate extends Error {}

/**
 * The user that `user` acts as: itself without Impersonate headers. Faults: Forbidden; throws NobodyToImpersonate when
 * groups, uid or extra come without a user.
 */
export async function actingUser(
  user: User,
  headers: Headers,
  raw: readonly (readonly [string, string])[],
  authorize: Authorizer,
  signal: AbortSignal,
): Promise<User> {
  if (!raw.some(([name]) => /^impersonate-/i.test(name))) return user
  const wanted = wantedBy(headers, raw)
  const others = wanted.groups.length > 0 || wanted.uid !== '' || Object.keys(wanted.extra).length > 0
  if (wanted.name === '') {
    if (!others) return user
    const words = [
      ...wanted.groups.map((group) => `{Group  ${group}    }`),
      ...Object.entries(wanted.extra).flatMap(([key, values]) =>
        values.map((value) => `{UserExtra  ${value} authentication.k8s.io/v1 ${key}  }`),
      ),
      ...(wanted.uid === '' ? [] : [`{UID  ${wanted.uid} authentication.k8s.io/v1   }`]),
    ]
    throw new NobodyToImpersonate(`requested [${words.join(' ')}] without impersonating a user`)
  }
  for (const attributes of permissions(user, wanted)) {
    const { allowed, reason } = await authorize(attributes, signal)
    if (!allowed) throw forbidden(attributes, reason)
  }
  return userOf(wanted)
}
