/** Only the process that holds the leader lease writes for the controllers. */
import type { Lease } from '../../../api/v1/core.ts'
import type { Checker } from './checker.ts'

/** `lease` is the `namespace/name` of the election's Lease; a process's identity is its actor name. */
export const oneLeader = (lease: string): Checker => ({
  name: 'only the holder of the leader lease writes',
  check({ actor, kind, key }, model) {
    if (!actor.startsWith('controllers') || kind === 'Lease') return undefined
    const holder = model.get<Lease>('Lease', lease)?.spec.holderIdentity
    return holder === actor ? undefined : `${actor} wrote ${kind} ${key} while ${holder ?? 'nobody'} leads`
  },
})
