/** At most one task of a group on an instance (ecs-core 6.4: distinctInstance). */
import type { Filter } from './filter.ts'

export const distinctInstance: Filter = {
  reason: 'NotDistinct',
  appliesTo: ({ distinct }) => distinct,
  refuse: ({ group }, instance) =>
    instance.tasksOf(group) > 0 ? 'DistinctInstance placement constraint unsatisfied' : undefined,
}
