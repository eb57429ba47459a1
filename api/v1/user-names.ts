/** Names of users and groups that more than the access rules must know: who asks for certificates, and for which. */
import type { ObjectKey } from '../meta/object.ts'

/** The agents of container instances. */
export const containerInstancesGroup = 'system:container-instances'
/** Machines that want to join: whoever shows a bootstrap token. */
export const bootstrappersGroup = 'system:bootstrappers'

const instancePrefix = 'system:container-instance:'

/** The user that the agent of a container instance is. */
export const instanceUserName = ({ namespace, name }: ObjectKey): string => `${instancePrefix}${namespace}:${name}`

/** The container instance whose agent has this user name; undefined for other users. */
export const instanceOfUserName = (text: string): ObjectKey | undefined => placeOf(instancePrefix, text)

/** What follows `prefix`, as namespace and name. */
export function placeOf(prefix: string, text: string): ObjectKey | undefined {
  if (!text.startsWith(prefix)) return undefined
  const [namespace = '', name = '', ...more] = text.slice(prefix.length).split(':')
  return namespace === '' || name === '' || more.length > 0 ? undefined : { namespace, name }
}
