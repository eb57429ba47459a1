/** Who asks: Kubernetes' user information, and the names that Kubernetes and Gantry give users of their own. */

import { containerInstancesGroup, instanceOfUserName, instanceUserName, placeOf } from '../v1/user-names.ts'

export interface User {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** Its members may do everything: no rule is asked. */
export const mastersGroup = 'system:masters'
/** Everybody who proved who they are. */
export const authenticatedGroup = 'system:authenticated'
export const unauthenticatedGroup = 'system:unauthenticated'

export const anonymous: User = { name: 'system:anonymous', groups: [unauthenticatedGroup] }

const serviceAccountPrefix = 'system:serviceaccount:'

/** A service account as a user, without `system:authenticated`, which authentication adds. */
export const serviceAccountUser = (namespace: string, name: string): User => ({
  name: `${serviceAccountPrefix}${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
})

/** Namespace and name of the service account with this user name; undefined for other users. */
export const serviceAccountOf = (name: string): { readonly namespace: string; readonly name: string } | undefined =>
  placeOf(serviceAccountPrefix, name)

/** The agent of a container instance as a user. */
export const containerInstanceUser = (namespace: string, name: string): User => ({
  name: instanceUserName({ namespace, name }),
  groups: [containerInstancesGroup, authenticatedGroup],
})

/** The container instance whose agent this is; undefined for all others, also when only the name says so. */
export const containerInstanceOf = (user: User): { readonly namespace: string; readonly name: string } | undefined =>
  user.groups.includes(containerInstancesGroup) ? instanceOfUserName(user.name) : undefined

/** The administrator, whose token a server makes at its first start. */
export const administrator: User = { name: 'gantry:admin', groups: [mastersGroup, authenticatedGroup] }

/** Key of User.extra that says which credential it was, as Kubernetes writes it. */
export const credentialId = 'authentication.kubernetes.io/credential-id'

/** `user` as one whose credentials were right. */
export const authenticated = (user: User): User =>
  user.groups.includes(authenticatedGroup) ? user : { ...user, groups: [...user.groups, authenticatedGroup] }
