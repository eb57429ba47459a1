/** One of a list, as chance has it. */
import { type Random, randomBelow } from '../../lib/random.ts'

export const pick = <T>(random: Random, from: readonly T[]): T => from[randomBelow(random, from.length)] as T
