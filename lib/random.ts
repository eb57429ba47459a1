/** Chance as an argument: names, jitter and identifiers come from an injected Random. */
import { randomFillSync } from 'node:crypto'

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
}

const numberBytes = 6
/** Asked for many numbers at once: each request is a call of the system. */
const pool = Buffer.alloc(512 * numberBytes)
let used = pool.length

/** The machine's own randomness; good enough for secrets. */
export const systemRandom: Random = {
  next() {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    const number = pool.readUIntBE(used, numberBytes) / 2 ** (8 * numberBytes)
    pool.fill(0, used, used + numberBytes) // what was given out is nobody else's to find
    used += numberBytes
    return number
  },
}

/** A repeatable sequence (mulberry32) for tests and simulation. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0
      let t = state
      t = Math.imul(t ^ (t >>> 15), t | 1)
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
    },
  }
}

/** A whole number in [0, below). */
export const randomBelow = (random: Random, below: number): number => Math.floor(random.next() * below)

/** Kubernetes' alphabet for generated names: no vowels, nothing that looks like another. */
const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789'
export const randomSuffix = (random: Random, length = 5): string =>
  Array.from({ length }, () => nameAlphabet[randomBelow(random, nameAlphabet.length)]).join('')

const hex = (random: Random, length: number): string =>
  Array.from({ length }, () => randomBelow(random, 16).toString(16)).join('')

/** A version 4 UUID. */
export function randomUuid(random: Random): string {
  const variant = '89ab'[randomBelow(random, 4)]
  return `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-${variant}${hex(random, 3)}-${hex(random, 12)}`
}
