/** Kubernetes conditions: the machine-readable summary of a status. */
import { z } from 'zod'
import { type Instant, timestamp } from '../../lib/time.ts'

export const Condition = z.strictObject({
  type: z.string().describe('What the condition is about, in CamelCase.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  reason: z.string().describe('Why, as one CamelCase word.'),
  message: z.string().describe('Why, for people.'),
  lastTransitionTime: z.iso.datetime({ offset: true }).describe('When status last changed.'),
  observedGeneration: z.int().optional().describe('The generation that this is true for.'),
})
export type Condition = z.output<typeof Condition>

export const Conditions = z
  .array(Condition)
  .describe('Latest observations of the state.')
  .meta({ listType: 'map', listMapKeys: ['type'] })

export const conditionOf = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((condition) => condition.type === type)

export const isTrue = (conditions: readonly Condition[] | undefined, type: string): boolean =>
  conditionOf(conditions, type)?.status === 'True'

/**
 * The conditions with `next` set: lastTransitionTime moves only when status changes, and an equal condition leaves the
 * array unchanged (same reference), so that writers can compare.
 */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  next: Omit<Condition, 'lastTransitionTime'>,
  now: Instant,
): readonly Condition[] {
  const all = conditions ?? []
  const old = conditionOf(all, next.type)
  const same =
    old !== undefined &&
    old.status === next.status &&
    old.reason === next.reason &&
    old.message === next.message &&
    old.observedGeneration === next.observedGeneration
  if (same) return all
  const lastTransitionTime = old?.status === next.status ? old.lastTransitionTime : timestamp(now)
  const changed = { ...next, lastTransitionTime }
  return old === undefined ? [...all, changed] : all.map((condition) => (condition === old ? changed : condition))
}

export const withoutCondition = (conditions: readonly Condition[] | undefined, type: string): readonly Condition[] =>
  conditions?.filter((condition) => condition.type !== type) ?? []

/** The first status of what a controller will look at: until then it has not come to rest, for tools that wait (kstatus, as Flux' own kinds). */
export const unseen = { observedGeneration: -1 } as const
