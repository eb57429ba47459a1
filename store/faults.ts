/** The faults that every store words alike. */
import { Fault } from '../lib/errors.ts'
import type { LeaseId, Revision } from './store.ts'

/** `asked` was compacted away: list again. */
export const expired = (asked: Revision, compacted?: Revision): Fault =>
  new Fault(
    'Expired',
    `revision ${asked} was compacted away${compacted === undefined ? '' : `; the oldest left is ${compacted}`}`,
  )

export const closed = (): Fault => new Fault('Unavailable', 'the store is closed')

export const noLease = (lease: LeaseId): Fault => new Fault('NotFound', `lease ${lease} has ended or never was`)

export const future = (asked: Revision, current?: Revision): Fault =>
  new Fault(
    'BadRequest',
    `revision ${asked} is in the future${current === undefined ? '' : `; the newest is ${current}`}`,
  )
