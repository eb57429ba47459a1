import { describe, expect, it } from 'vitest'
import { aContainerInstance, twoCores } from '../../test/builders/kinds.ts'
import type { ContainerInstance } from './container-instance.ts'
import { notPlaceable } from './placeable.ts'

const connected = { registeredResources: twoCores, agentConnected: true } as const

describe('whether an instance takes new tasks', () => {
  it.each<{ when: string; instance: ContainerInstance; want: string | undefined }>([
    { when: 'ACTIVE and connected', instance: aContainerInstance(), want: undefined },
    {
      when: 'told to drain, whatever its status says yet',
      instance: aContainerInstance({ spec: { status: 'DRAINING' } }),
      want: 'DRAINING',
    },
    {
      when: 'told to be ACTIVE again, whatever its status says yet',
      instance: aContainerInstance({ status: { ...connected, status: 'DRAINING' } }),
      want: undefined,
    },
    {
      when: 'not heard',
      instance: aContainerInstance({ status: { ...connected, agentConnected: false } }),
      want: 'agent not connected',
    },
    {
      when: 'not judged yet',
      instance: aContainerInstance({ status: { ...connected, agentConnected: undefined } }),
      want: 'agent not connected',
    },
    {
      when: 'without resources',
      instance: aContainerInstance({ status: { registeredResources: undefined } }),
      want: 'not registered',
    },
    {
      when: 'being deleted',
      instance: aContainerInstance({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      want: 'deregistering',
    },
    {
      when: 'INACTIVE',
      instance: aContainerInstance({ status: { ...connected, status: 'INACTIVE' } }),
      want: 'deregistering',
    },
  ])('$when', ({ instance, want }) => {
    expect(notPlaceable(instance)).toBe(want)
  })
})
