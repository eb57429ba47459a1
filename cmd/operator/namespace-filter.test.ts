import { expect, it } from 'vitest'
import type { Kind } from '../../api/meta/kind.ts'
import { Cluster } from '../../api/v1/cluster.ts'
import { Event, Lease, Namespace } from '../../api/v1/core.ts'
import { Task } from '../../api/v1/task.ts'
import { TaskDefinition } from '../../api/v1/task-definition.ts'
import { selectionOf } from './namespace-filter.ts'

const inside = [{ namespace: 'a' }, { namespace: 'b' }]
const named = [{ fieldSelector: 'metadata.name=a' }, { fieldSelector: 'metadata.name=b' }]

it.each([
  { kind: Task, want: inside },
  { kind: Lease, want: inside },
  { kind: Event, want: inside },
  { kind: Cluster, want: named },
  { kind: Namespace, want: named },
  { kind: TaskDefinition, want: undefined },
])('of $kind.plural', ({ kind, want }) => {
  expect(selectionOf(['a', 'b'])(kind as unknown as Kind)).toEqual(want)
})
