/** The refusal of a request, worded as kube-apiserver words it. */
import { Fault } from '../../lib/errors.ts'
import type { Attributes } from './attributes.ts'

const ending = (reason: string): string => (reason === '' ? '' : `: ${reason}`)

/** The Fault for a request that is not allowed. */
export function forbidden(wanted: Attributes, reason: string): Fault {
  const { user, verb, group, resource, subresource, namespace, name } = wanted
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`
  if (!wanted.isResourceRequest) {
    return new Fault('Forbidden', `forbidden: ${who} path ${JSON.stringify(wanted.path)}${ending(reason)}`)
  }
  const what = JSON.stringify(subresource === '' ? resource : `${resource}/${subresource}`)
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`
  const subject = `${group === '' ? resource : `${resource}.${group}`}${name === '' ? '' : ` ${JSON.stringify(name)}`}`
  return new Fault(
    'Forbidden',
    `${subject} is forbidden: ${who} resource ${what} in API group ${JSON.stringify(group)} ${where}${ending(reason)}`,
    { about: { group, resource, kind: resource, name } },
  )
}
