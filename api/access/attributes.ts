/** What a request wants, in the words of authorization. */
import type { User } from './user.ts'

export interface Attributes {
  readonly user: User
  /** get, list, watch, create, update, patch, delete, deletecollection; of other paths the method in lower case. */
  readonly verb: string
  /** Whether the rest is about a resource; else only `path` counts. */
  readonly isResourceRequest: boolean
  readonly path: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  /** Empty: cluster-scoped, or all namespaces. */
  readonly namespace: string
  /** Empty for collections, and where the name is in the body only. */
  readonly name: string
  /** Of lists and watches, as it was sent. */
  readonly fieldSelector?: string
}

/** Something that a user wants to do with a resource; what is left out is empty. */
export const resourceAttributes = (
  user: User,
  wanted: Partial<Omit<Attributes, 'user' | 'isResourceRequest' | 'path'>> & { readonly verb: string },
): Attributes => ({
  group: '',
  version: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  ...wanted,
  user,
  path: '',
  isResourceRequest: true,
})

/** Something that a user wants to do with a path that is no resource. */
export const pathAttributes = (user: User, verb: string, path: string): Attributes => ({
  ...resourceAttributes(user, { verb }),
  isResourceRequest: false,
  path,
})

export interface Decision {
  readonly allowed: boolean
  /** Why; empty when there is nothing to say. */
  readonly reason: string
}

/** Decides about requests. Faults: those of the store. */
export type Authorizer = (attributes: Attributes, signal: AbortSignal) => Promise<Decision>
