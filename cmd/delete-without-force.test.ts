import { describe, expect, it } from 'vitest'
import type { Kind } from '../api/meta/kind.ts'
import type { Resource } from '../api/meta/object.ts'
import { ContainerInstance } from '../api/v1/container-instance.ts'
import { Service } from '../api/v1/service.ts'
import { Task } from '../api/v1/task.ts'
import { refusalWithoutForce } from './delete-without-force.ts'

const scaled = 'The service cannot be stopped while it is scaled above 0.'
const inUse = 'Found running tasks on the instance.'

describe('without force (ecs-core 1.2, 5.10, 7.3)', () => {
  it.each<[string, Kind, object, string | undefined]>([
    ['a service above 0 stays', Service, { spec: { desiredCount: 1 } }, scaled],
    ['a service at 0 goes', Service, { spec: { desiredCount: 0 } }, undefined],
    ['a DAEMON service goes', Service, { spec: { schedulingStrategy: 'DAEMON' } }, undefined],
    ['an instance with a running task stays', ContainerInstance, { status: { runningTasksCount: 1 } }, inUse],
    ['an instance with a pending task stays', ContainerInstance, { status: { pendingTasksCount: 1 } }, inUse],
    ['an empty instance goes', ContainerInstance, { status: { runningTasksCount: 0 } }, undefined],
    ['an instance that never reported goes', ContainerInstance, {}, undefined],
    ['a task goes', Task, { spec: {} }, undefined],
  ])('%s', (_, kind, object, refusal) => {
    expect(refusalWithoutForce(kind, object as Resource)).toBe(refusal)
  })
})
