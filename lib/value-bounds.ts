/** Bounds of a plain value, whatever it was read from. */

export interface ValueBounds {
  /** Levels of nesting: every walk over a value recurses. */
  readonly depth: number
  /** Members and items in all; what is reached twice (by an alias of YAML) counts twice. */
  readonly values: number
}

const isEndless = (value: unknown): boolean => typeof value === 'number' && !Number.isFinite(value)

/**
 * `is nested deeper than 500 levels`: what no walk over `value` should have to meet; undefined when nothing is. Numbers that
 * JSON cannot say are such, too. Ends soon even when `value` contains itself.
 */
export function beyondBounds(value: unknown, { depth, values }: ValueBounds): string | undefined {
  let level: readonly unknown[] = [value]
  let count = 0
  for (let at = 0; level.length > 0; at++) {
    if (at > depth) return `is nested deeper than ${depth} levels`
    const below: unknown[] = []
    for (const one of level) {
      if (isEndless(one)) return 'has a number that is too large, or none'
      if (typeof one !== 'object' || one === null) continue
      for (const member of Object.values(one)) {
        if (++count > values) return `has more than ${values} values`
        if (typeof member === 'object' || isEndless(member)) below.push(member)
      }
    }
    level = below
  }
  return undefined
}
