/** The instance is ACTIVE and its agent is connected (ecs-core 6.1 step 0: AGENT). */
import type { Filter } from './filter.ts'

export const placeable: Filter = {
  reason: 'NotPlaceable',
  appliesTo: () => true,
  refuse: (_ask, instance) => instance.notPlaceable,
}
