/** Versions of objects and lists as clients spell them. */
import { Fault } from '../../lib/errors.ts'
import { type Revision, revision } from '../../store/store.ts'

/** Reads a resourceVersion; empty is 0, which is "whatever there is". Faults: BadRequest. */
export function parseVersion(text: string): Revision {
  if (text === '') return revision(0)
  if (/^\d{1,15}$/.test(text)) return revision(Number(text))
  throw new Fault(
    'BadRequest',
    `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: must be a whole number`,
  )
}
