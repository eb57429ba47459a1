/** Where a DAEMON service wants a task (ecs-core 5.11, 7.2, 7.3). */
import { expect, it } from 'vitest'
import { aContainerInstance } from '../../test/builders/kinds.ts'
import type { ContainerInstance } from './container-instance.ts'
import { daemonInstances } from './daemon-instances.ts'

type Status = NonNullable<ContainerInstance['status']>

it.each<{
  rule: string
  spec?: 'ACTIVE' | 'DRAINING'
  status?: Status
  metadata?: object
  /** Whether it has a task of the daemon, and should have one. */
  empty: boolean
  occupied: boolean
}>([
  { rule: '5.11: ACTIVE and connected', empty: true, occupied: true },
  {
    rule: '7.3: not connected: keeps what it has',
    status: { status: 'ACTIVE', agentConnected: false },
    empty: false,
    occupied: true,
  },
  { rule: '7.1: registering', status: { status: 'REGISTERING', agentConnected: true }, empty: false, occupied: false },
  {
    rule: '7.3: being deregistered',
    metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x/y'] },
    empty: false,
    occupied: false,
  },
  {
    rule: '7.2: is to drain, and nobody has looked at what is there',
    spec: 'DRAINING',
    status: { status: 'ACTIVE', agentConnected: true },
    empty: false,
    occupied: true,
  },
  {
    rule: '7.2: drains, and a replica task has not stopped',
    spec: 'DRAINING',
    status: { status: 'DRAINING', agentConnected: true, replicaTasksCount: 1 },
    empty: false,
    occupied: true,
  },
  {
    rule: '7.2: drains, and the replica tasks have gone',
    spec: 'DRAINING',
    status: { status: 'DRAINING', agentConnected: true, replicaTasksCount: 0 },
    empty: false,
    occupied: false,
  },
  {
    rule: '7.2: is to be ACTIVE again, and its status does not say so yet',
    status: { status: 'DRAINING', agentConnected: true, replicaTasksCount: 0 },
    empty: false,
    occupied: true,
  },
])('$rule', ({ spec = 'ACTIVE', status = { status: 'ACTIVE', agentConnected: true }, metadata, empty, occupied }) => {
  const one = aContainerInstance({ spec: { status: spec }, status, ...(metadata === undefined ? {} : { metadata }) })
  const wants = (has: boolean): boolean => daemonInstances([one], () => has, []).length > 0
  expect({ empty: wants(false), occupied: wants(true) }).toEqual({ empty, occupied })
})
