/** Which tasks go first when a revision has too many. */
import type { TaskFacts } from '../state.ts'

type Candidate = Pick<TaskFacts, 'name' | 'phase' | 'unhealthy' | 'instance' | 'createdAt'>

const first = (test: boolean): number => (test ? 0 : 1)

/** Not running first, then unhealthy, then from the instance with most tasks of the service, then newest, then by name. */
const before = (a: Candidate, b: Candidate, on: ReadonlyMap<string, number>): number =>
  first(a.phase !== 'running') - first(b.phase !== 'running') ||
  first(a.unhealthy) - first(b.unhealthy) ||
  (on.get(b.instance ?? '') ?? 0) - (on.get(a.instance ?? '') ?? 0) ||
  b.createdAt - a.createdAt ||
  (a.name < b.name ? 1 : -1)

/**
 * `n` of `candidates`, in the order in which they should go. `present` are all tasks of the service that run or start: their
 * spread over instances decides, and shrinks with each choice.
 */
export function victims<C extends Candidate>(
  candidates: readonly C[],
  n: number,
  present: readonly Candidate[],
): readonly C[] {
  if (n >= candidates.length && n > 0) return [...candidates].sort((a, b) => before(a, b, new Map()))
  const on = new Map<string, number>()
  for (const { instance } of present) if (instance !== undefined) on.set(instance, (on.get(instance) ?? 0) + 1)
  const left = new Set(candidates)
  const chosen: C[] = []
  while (chosen.length < n && left.size > 0) {
    let next: C | undefined
    for (const one of left) if (next === undefined || before(one, next, on) < 0) next = one
    if (next === undefined) break
    left.delete(next)
    chosen.push(next)
    if (next.instance !== undefined) on.set(next.instance, (on.get(next.instance) ?? 0) - 1)
  }
  return chosen
}
