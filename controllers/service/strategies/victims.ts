/** Which tasks go first when a revision has too many: ECS's order of scale-in (ecs-core 6.5). */
import { zoneAttribute } from '../../../api/v1/container-instance.ts'
import type { PlacementStrategy } from '../../../api/v1/placement.ts'
import type { TaskFacts } from '../state.ts'

type Candidate = Pick<
  TaskFacts,
  'name' | 'phase' | 'unhealthy' | 'instance' | 'place' | 'demand' | 'onDraining' | 'createdAt'
>

/** One reason to take a task rather than another. */
interface Preference {
  /** The greatest goes first. */
  weight(one: Candidate): number
  /** `one` goes. */
  took(one: Candidate): void
}

/** From where most tasks are, so that those which stay are spread best. What leaves a draining instance anyway does not count. */
function fullest(present: readonly Candidate[], whereIs: (one: Candidate) => string | undefined): Preference {
  const counts = new Map<string, number>()
  const add = (one: Candidate, n: number): void => {
    const value = one.onDraining ? undefined : whereIs(one)
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + n)
  }
  for (const one of present) add(one, 1)
  return { weight: (one) => counts.get(whereIs(one) ?? '') ?? 0, took: (one) => add(one, -1) }
}

/** From the instance that then has most to spare: the others stay packed. */
function emptiest(field: string): Preference {
  const freed = new Map<string, number>()
  const amount = ({ cpu, memory }: { cpu: number; memory: number }): number =>
    field.toLowerCase() === 'cpu' ? cpu : memory
  const freeOn = ({ place, instance = '' }: Candidate): number =>
    place === undefined ? 0 : amount(place.free) + (freed.get(instance) ?? 0)
  return {
    weight: (one) => freeOn(one) + amount(one.demand),
    took: (one) => void freed.set(one.instance ?? '', (freed.get(one.instance ?? '') ?? 0) + amount(one.demand)),
  }
}

const attributePrefix = 'attribute:'

/** Where a task is, by a strategy's field; instances without the attribute share one value. */
const valueBy =
  (field: string) =>
  ({ instance, place }: Candidate): string | undefined => {
    if (instance === undefined || !field.startsWith(attributePrefix)) return instance
    return `=${place?.attributes.get(field.slice(attributePrefix.length)) ?? ''}`
  }

/** Without a strategy: the zone with most tasks of the service, then the instance with most. */
const defaultStrategies: readonly PlacementStrategy[] = [
  { type: 'spread', field: `${attributePrefix}${zoneAttribute}` },
  { type: 'spread', field: 'instanceId' },
]

const preferences = {
  spread: (present, field) => [fullest(present, valueBy(field))],
  binpack: (_, field) => [emptiest(field)],
  random: () => [],
} satisfies Record<PlacementStrategy['type'], (present: readonly Candidate[], field: string) => readonly Preference[]>

const preferencesOf = (strategies: readonly PlacementStrategy[], present: readonly Candidate[]): Preference[] =>
  (strategies.length === 0 ? defaultStrategies : strategies).flatMap(({ type, field = '' }) =>
    preferences[type](present, field),
  )

const first = (test: boolean): number => (test ? 0 : 1)

/** Not running first: it costs no health; then unhealthy; then by preference; what ECS leaves to chance: newest, then by name. */
const before = (a: Candidate, b: Candidate, by: readonly Preference[]): number =>
  first(a.phase !== 'running') - first(b.phase !== 'running') ||
  first(a.unhealthy) - first(b.unhealthy) ||
  by.map(({ weight }) => weight(b) - weight(a)).find((difference) => difference !== 0) ||
  b.createdAt - a.createdAt ||
  (a.name < b.name ? 1 : -1)

/**
 * `n` of `candidates`, in the order in which they should go. `present` are all tasks of the service that run or start: where
 * they are decides, and changes with each choice.
 */
export function victims<C extends Candidate>(
  candidates: readonly C[],
  n: number,
  present: readonly Candidate[],
  strategies: readonly PlacementStrategy[] = [],
): readonly C[] {
  if (n >= candidates.length && n > 0) return [...candidates].sort((a, b) => before(a, b, []))
  const by = preferencesOf(strategies, present)
  const left = new Set(candidates)
  const chosen: C[] = []
  while (chosen.length < n && left.size > 0) {
    let next: C | undefined
    for (const one of left) if (next === undefined || before(one, next, by) < 0) next = one
    if (next === undefined) break
    left.delete(next)
    chosen.push(next)
    for (const { took } of by) took(next)
  }
  return chosen
}
