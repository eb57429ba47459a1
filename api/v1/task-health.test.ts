import { describe, expect, it } from 'vitest'
import { aTask } from '../../test/builders/kinds.ts'
import type { HealthStatus, Task } from './task.ts'
import { aggregateHealth, isHealthy, isUnhealthy } from './task-health.ts'

const check = { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 }
/** `app+ side log?`: + has a health check, ? is not essential. */
const definition = (text: string) => ({
  containerDefinitions: text.split(' ').map((word) => ({
    name: word.replace(/\W/g, ''),
    essential: !word.includes('?'),
    healthCheck: word.includes('+') ? check : undefined,
  })),
})
const words = { H: 'HEALTHY', U: 'UNHEALTHY', '-': 'UNKNOWN' } as const
/** `app:H side:-` */
const containers = (text: string) =>
  text.split(' ').map((word) => ({
    name: word.split(':')[0] ?? '',
    lastStatus: 'RUNNING' as const,
    healthStatus: words[word.split(':')[1] as keyof typeof words],
  }))

describe('health of a task (ecs-core 5.6)', () => {
  it.each([
    { of: 'app', is: 'app:-', want: 'UNKNOWN', healthy: true },
    { of: 'app+', is: 'app:H', want: 'HEALTHY', healthy: true },
    { of: 'app+', is: 'app:-', want: 'UNKNOWN', healthy: false },
    { of: 'app+', is: 'app:U', want: 'UNHEALTHY', healthy: false },
    { of: 'app+ side', is: 'app:H side:-', want: 'UNKNOWN', healthy: true },
    { of: 'app+ side', is: 'app:- side:-', want: 'UNKNOWN', healthy: false },
    { of: 'app+ side+', is: 'app:H side:U', want: 'UNHEALTHY', healthy: false },
    { of: 'app+ log+?', is: 'app:H log:U', want: 'HEALTHY', healthy: true },
    { of: 'app log+?', is: 'app:- log:U', want: 'UNKNOWN', healthy: true },
  ])('$of with $is is $want, counts as healthy: $healthy', ({ of, is, want, healthy }) => {
    const health = aggregateHealth(definition(of), containers(is))
    expect(health).toBe(want)
    const task = aTask({ status: { lastStatus: 'RUNNING', healthStatus: health, containers: containers(is) } })
    expect(isHealthy(task, definition(of))).toBe(healthy)
    expect(isUnhealthy(task)).toBe(want === 'UNHEALTHY')
  })

  const inState = (lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED', over: Partial<Task['spec']> = {}) =>
    aTask({ spec: over, status: { lastStatus, healthStatus: 'HEALTHY' satisfies HealthStatus } })
  it.each([
    { when: 'it runs', task: inState('RUNNING'), healthy: true },
    { when: 'it only starts', task: inState('PENDING'), healthy: false },
    { when: 'it has stopped', task: inState('STOPPED'), healthy: false },
    { when: 'it was told to stop', task: inState('RUNNING', { desiredStatus: 'STOPPED' }), healthy: false },
    { when: 'nobody looked at it yet', task: aTask(), healthy: false },
  ])('$when: $healthy', ({ task, healthy }) => {
    expect(isHealthy(task, definition('app'))).toBe(healthy)
    expect(isHealthy(task, undefined)).toBe(healthy)
  })
  it('the task speaks for containers that are not reported', () => {
    expect(isHealthy(inState('RUNNING'), definition('app+'))).toBe(true)
  })
})
