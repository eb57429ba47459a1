/** The names that Kubernetes gives to definitions, tags and operations. Pure. */
import { isNative } from '../../meta/kind.ts'
import type { GroupVersionKind } from '../discovery/served.ts'

const capitalized = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** `dev.gantry.v1.Task`, `io.k8s.api.core.v1.Secret`, `io.k8s.api.autoscaling.v1.Scale`. */
export function definitionName({ group, version, kind }: GroupVersionKind): string {
  if (!isNative({ group })) return [...group.split('.').reverse(), version, kind].join('.')
  const [first = ''] = group.split('.')
  return `io.k8s.api.${first === '' ? 'core' : first}.${version}.${kind}`
}

/** `GantryDev`, `Core`, `RbacAuthorization`. */
function groupWord(group: string): string {
  if (group === '') return 'Core'
  return group
    .replace(/\.k8s\.io$/, '')
    .split(/[.-]/)
    .map(capitalized)
    .join('')
}

/** `gantryDev_v1`. */
export function tagOf({ group, version }: GroupVersionKind): string {
  const word = groupWord(group)
  return `${word.slice(0, 1).toLowerCase()}${word.slice(1)}_${version}`
}

/** What operation ids have after their verb: `GantryDevV1`. */
export const operationWord = ({ group, version }: GroupVersionKind): string => groupWord(group) + capitalized(version)

/** `status` -> `Status`. */
export const partWord = capitalized
