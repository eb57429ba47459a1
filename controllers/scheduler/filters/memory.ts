/** Reserved memory stays within the registered (ecs-core 6.1 step 1: RESOURCE:MEMORY). */
import type { Filter } from './filter.ts'

export const memory: Filter = {
  reason: 'InsufficientMemory',
  appliesTo: ({ demand }) => demand.memory > 0,
  refuse: ({ demand }, instance) =>
    demand.memory > instance.freeMemory ? `short of memory (${demand.memory} MiB)` : undefined,
}
