/** Every memberOf expression holds for the instance (ecs-core 6.4). */
import { fulfils } from '../../../api/v1/cluster-query.ts'
import type { Filter } from './filter.ts'

export const memberOf: Filter = {
  reason: 'ConstraintNotMet',
  appliesTo: ({ queries }) => queries.length > 0,
  refuse: ({ queries }, instance) =>
    queries.every((query) => query !== undefined && fulfils(query, instance))
      ? undefined
      : 'MemberOf placement constraint unsatisfied',
}
