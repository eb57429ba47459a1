/** What a strategy is: it leaves the best of the instances that fit; ties are for the next in the chain. */
import type { Random } from '../../../lib/random.ts'
import type { InstanceBook } from '../books/instance-book.ts'
import type { Ask } from '../state.ts'

export interface Choice {
  readonly ask: Ask
  /** `attribute:NAME`, `instanceId`, `cpu`...; empty when the strategy has none. */
  readonly field: string
  /** All registered instances of the cluster, not only those that fit. */
  readonly instances: readonly InstanceBook[]
  readonly random: Random
}

/** Takes and returns at least one instance, in order of names. */
export type Strategy = (fitting: readonly InstanceBook[], choice: Choice) => readonly InstanceBook[]

/** Those with the lowest score. */
export function lowest(
  fitting: readonly InstanceBook[],
  score: (instance: InstanceBook) => number,
): readonly InstanceBook[] {
  let best: InstanceBook[] = []
  let least = Number.POSITIVE_INFINITY
  for (const instance of fitting) {
    const own = score(instance)
    if (own > least) continue
    if (own < least) best = []
    least = own
    best.push(instance)
  }
  return best
}
