/** How much history a store keeps without being asked. */
import type { Millis } from '../../lib/time.ts'
import { type Revision, revision } from '../store.ts'

/** Without `age` only the size counts, and no timer runs. */
export interface Retention {
  readonly events: number
  readonly bytes: number
  readonly age?: { readonly keep: Millis; readonly every: Millis }
}

interface Size {
  readonly events: number
  readonly bytes: number
  readonly compacted: Revision
  readonly newest: Revision
}

/** Up to where to forget when there is too much: half of it, so that it is not asked for at every commit. */
export function tooMuch(size: Size, { events, bytes }: Retention): Revision | undefined {
  if (size.events <= events && size.bytes <= bytes) return undefined
  return revision(size.compacted + Math.ceil((size.newest - size.compacted) / 2))
}
