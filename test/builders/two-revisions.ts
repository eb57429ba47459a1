/** Two revisions of a service with their tasks, for tests of what a rollout does. */
import type { Service } from '../../api/v1/service.ts'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import type { Task } from '../../api/v1/task.ts'
import { aServiceRevision, aTask, running } from './kinds.ts'

export interface TwoRevisions {
  /** Desired count and running tasks of web-1 and web-2. */
  readonly one: readonly [number, number]
  readonly two: readonly [number, number]
  /** Tasks of web-2 that failed. */
  readonly failed: number
}

export function twoRevisions(service: Service, { one, two, failed }: TwoRevisions) {
  const revisions = [one, two].map(([desiredCount], i) =>
    aServiceRevision({ owner: service, spec: { revision: i + 1, desiredCount } }),
  )
  const tasksOf = ({ spec: { revision: n } }: ServiceRevision): readonly Task[] => [
    ...Array.from({ length: (n === 1 ? one : two)[1] }, (_, i) =>
      aTask({ name: `web-${n}-${i}-1`, owner: revisions[n - 1], status: running }),
    ),
    ...Array.from({ length: n === 2 ? failed : 0 }, (_, i) =>
      aTask({
        name: `web-2-${20 + i}-1`,
        owner: revisions[1],
        spec: { startedBy: 'ecs-svc/web-d2' },
        status: { lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' },
      }),
    ),
  ]
  return { revisions, tasksOf }
}
