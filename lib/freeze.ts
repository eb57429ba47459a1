/** Read-only objects, where somebody might change by mistake what others share. */

/** Development and tests pay for it; production, where the same code was tested, does not. */
const freezes = process.env.NODE_ENV === 'test' || process.env.NODE_ENV === 'development'

/** Makes `value` and all in it read-only, but not in production; returns it. */
export const deepFreeze = <T>(value: T): T => (freezes ? frozen(value) : value)

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) frozen(member)
  return value
}
