/** What a container waits for, and when it gives up (ecs-core 3.4). */
import { describe, expect, it } from 'vitest'
import type { ContainerDefinition } from '../../../api/v1/container-definition.ts'
import { type Millis, seconds } from '../../../lib/time.ts'
import { aRunningAgent, behaves } from '../../../test/builders/agent-world.ts'

const healthCheck = { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 }
type Condition = NonNullable<ContainerDefinition['dependsOn']>[number]['condition']

describe('a container that depends on another', () => {
  it.each<{
    rule: string
    condition: Condition
    first: Partial<ContainerDefinition>
    essential?: boolean
    after: Millis
    /** When the other one had started, in seconds; or why it never will. */
    want: number | string
  }>([
    { rule: 'START: it runs', condition: 'START', first: behaves('start:2s'), after: seconds(5), want: 2 },
    {
      rule: 'START: it stopped after starting',
      condition: 'START',
      first: behaves('exit:1'),
      after: seconds(5),
      want: 0,
    },
    {
      rule: 'COMPLETE: it stopped, with any code',
      condition: 'COMPLETE',
      first: behaves('exit:3 after:4s'),
      after: seconds(6),
      want: 4,
    },
    {
      rule: 'SUCCESS: it stopped with 0',
      condition: 'SUCCESS',
      first: behaves('exit:0 after:4s'),
      after: seconds(6),
      want: 4,
    },
    {
      rule: 'SUCCESS: another code is for ever',
      condition: 'SUCCESS',
      first: behaves('exit:3 after:4s'),
      after: seconds(6),
      want: 'TaskDependencyError: container first can no longer reach SUCCESS',
    },
    {
      rule: 'HEALTHY: its health check says so',
      condition: 'HEALTHY',
      first: { healthCheck },
      after: seconds(40),
      want: 30,
    },
    {
      rule: 'it never started',
      condition: 'START',
      first: behaves('create:fail'),
      after: seconds(5),
      want: 'TaskDependencyError: container first can no longer reach START',
    },
    {
      rule: 'startTimeout: what waits for HEALTHY gives up, from the start of the one it waits for',
      condition: 'HEALTHY',
      first: { healthCheck, startTimeout: 20, ...behaves('start:3s') },
      after: seconds(24),
      want: 'TaskDependencyError: container first did not reach HEALTHY within its startTimeout of 20 s',
    },
    {
      rule: 'startTimeout: not before',
      condition: 'HEALTHY',
      first: { healthCheck, startTimeout: 31, ...behaves('start:3s') },
      after: seconds(35),
      want: 33,
    },
    {
      rule: 'startTimeout: what waits for COMPLETE gives up',
      condition: 'COMPLETE',
      first: { startTimeout: 5, ...behaves('exit:0 after:8s') },
      after: seconds(6),
      want: 'TaskDependencyError: container first did not reach COMPLETE within its startTimeout of 5 s',
    },
    {
      rule: 'startTimeout: what waits for SUCCESS gives up',
      condition: 'SUCCESS',
      first: { startTimeout: 5, ...behaves('exit:0 after:8s') },
      after: seconds(6),
      want: 'TaskDependencyError: container first did not reach SUCCESS within its startTimeout of 5 s',
    },
    {
      rule: 'startTimeout: START is reached when it begins',
      condition: 'START',
      first: { startTimeout: 2, ...behaves('start:3s') },
      after: seconds(6),
      want: 3,
    },
    {
      rule: 'what gave up is not essential: it alone stops',
      condition: 'COMPLETE',
      first: { startTimeout: 5 },
      essential: false,
      after: seconds(6),
      want: 'TaskDependencyError: container first did not reach COMPLETE within its startTimeout of 5 s',
    },
  ])('$rule', async ({ condition, first, essential = true, after, want }) => {
    const w = await aRunningAgent()
    const began = w.clock.now()
    const name = await w.run([
      { essential, dependsOn: [{ containerName: 'first', condition }] },
      { name: 'first', essential: !essential, ...first },
    ])
    await w.pass(after)
    const { containers: [app] = [], ...status } = w.task(name).status ?? {}
    if (typeof want === 'number') {
      expect(Math.round((Date.parse(app?.startedAt ?? '') - began) / 1000)).toBe(want)
      return
    }
    expect(app).toMatchObject({ lastStatus: 'STOPPED', reason: want })
    expect(app?.startedAt).toBeUndefined()
    expect(status).toMatchObject(
      essential
        ? { lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart', stoppedReason: want }
        : { lastStatus: 'RUNNING' },
    )
  })
})
