/** Reserved CPU shares stay within the registered ones (ecs-core 6.1 step 1: RESOURCE:CPU). */
import type { Filter } from './filter.ts'

export const cpu: Filter = {
  reason: 'InsufficientCpu',
  appliesTo: ({ demand }) => demand.cpu > 0,
  refuse: ({ demand }, instance) => (demand.cpu > instance.freeCpu ? `short of CPU (${demand.cpu} units)` : undefined),
}
