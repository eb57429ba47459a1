/** When the times of a task are set, row by row as the reference has them (ecs-core 4.2). */
import { describe, expect, it } from 'vitest'
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import type { Task } from '../../api/v1/task.ts'
import { type Millis, minutes, seconds } from '../../lib/time.ts'
import { type AgentWorld, aRunningAgent, behaves } from '../../test/builders/agent-world.ts'

const times = [
  'connectivityAt',
  'pullStartedAt',
  'pullStoppedAt',
  'startedAt',
  'healthyAt',
  'stoppingAt',
  'executionStoppedAt',
  'stoppedAt',
] as const satisfies readonly (keyof NonNullable<Task['status']>)[]
type Times = Partial<Record<(typeof times)[number], number>>

interface Row {
  readonly rule: string
  readonly containers: readonly Partial<ContainerDefinition>[]
  /** After five seconds. */
  readonly happens?: (w: AgentWorld, task: string) => Promise<void>
  readonly after?: Millis
  /** Seconds after the task came; what is not named is absent. */
  readonly want: Times
}

const stops = (w: AgentWorld, name: string): Promise<void> => w.stopTask(name)
/** A pull of the fake engine takes three seconds. */
const far: Partial<ContainerDefinition> = { image: 'far:1' }
const checked = { healthCheck: { command: ['CMD', 'true'], interval: 5, timeout: 5, retries: 3 } }

describe('the times of a task (ecs-core 4.2)', () => {
  it.each<Row>([
    {
      rule: 'connectivityAt: when its agent first had it; startedAt: RUNNING; no pull of an image that is there',
      containers: [{}],
      want: { connectivityAt: 0, startedAt: 0 },
    },
    {
      rule: 'startedAt: when the last container had started',
      containers: [{}, { name: 'slow', ...behaves('start:2s') }],
      want: { connectivityAt: 0, startedAt: 2 },
    },
    {
      rule: 'pullStartedAt, pullStoppedAt',
      containers: [far],
      want: { connectivityAt: 0, pullStartedAt: 0, pullStoppedAt: 3, startedAt: 3 },
    },
    {
      rule: 'the first pull begins, the last pull ends, whatever was started between',
      containers: [
        { name: 'init', essential: false, ...far, ...behaves('exit:0 after:1s') },
        { image: 'far:2', dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }] },
      ],
      after: seconds(10),
      want: { connectivityAt: 0, pullStartedAt: 0, pullStoppedAt: 7, startedAt: 7 },
    },
    {
      rule: 'pullStoppedAt is of the last pull, not of a later container that needed none',
      containers: [
        { name: 'init', essential: false, ...far, ...behaves('exit:0 after:1s') },
        { dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }] },
      ],
      after: seconds(10),
      want: { connectivityAt: 0, pullStartedAt: 0, pullStoppedAt: 3, startedAt: 4 },
    },
    {
      rule: 'a pull that failed ended, too; startedAt is absent of a task that never ran',
      containers: [{ image: 'missing:1' }],
      want: {
        connectivityAt: 0,
        pullStartedAt: 0,
        pullStoppedAt: 3,
        stoppingAt: 3,
        executionStoppedAt: 3,
        stoppedAt: 3,
      },
    },
    {
      rule: 'stoppingAt: told to stop; executionStoppedAt, stoppedAt: its container has stopped',
      containers: [behaves('stop:4s')],
      happens: stops,
      after: seconds(10),
      want: { connectivityAt: 0, startedAt: 0, stoppingAt: 5, executionStoppedAt: 9, stoppedAt: 9 },
    },
    {
      rule: 'healthyAt: first HEALTHY',
      containers: [checked],
      want: { connectivityAt: 0, startedAt: 0, healthyAt: 5 },
    },
    {
      rule: 'startedAt, and healthyAt with it, are absent of a task that was to stop before all its containers had started',
      containers: [
        { name: 'main', ...checked, ...behaves('health:2s stop:6s') },
        { name: 'late', essential: false, dependsOn: [{ containerName: 'main', condition: 'HEALTHY' }] },
      ],
      happens: stops,
      after: seconds(10),
      want: { connectivityAt: 0, stoppingAt: 5, executionStoppedAt: 11, stoppedAt: 11 },
    },
    {
      rule: 'executionStoppedAt: the first essential container; stoppedAt: all of them',
      containers: [
        { name: 'early', essential: false, ...behaves('exit:0 after:1s') },
        behaves('exit:0 after:2s'),
        { name: 'slow', ...behaves('stop:3s') },
      ],
      after: seconds(10),
      want: { connectivityAt: 0, startedAt: 0, stoppingAt: 2, executionStoppedAt: 2, stoppedAt: 5 },
    },
  ])('$rule', async ({ containers, happens, after = seconds(1), want }) => {
    const w = await aRunningAgent()
    const began = w.clock.now()
    const name = await w.run(containers)
    await w.pass(seconds(5))
    await happens?.(w, name)
    await w.pass(after)
    const { status } = w.task(name)
    const said: Times = {}
    for (const time of times) {
      const text = status?.[time]
      if (text !== undefined) said[time] = Math.round((Date.parse(text) - began) / 1000)
    }
    expect(said).toEqual(want)
    expect(status?.connectivity).toBe('CONNECTED')
    // what was said once stays
    await w.pass(minutes(1))
    expect(w.task(name).status).toEqual(status)
  })

  it('while a later pull goes on, the last one has not ended', async () => {
    const w = await aRunningAgent()
    const name = await w.run([
      { name: 'init', ...far },
      { image: 'far:2', dependsOn: [{ containerName: 'init', condition: 'START' }] },
    ])
    await w.pass(seconds(4))
    expect(w.task(name).status).toMatchObject({ containers: [{ lastStatus: 'RUNNING' }, { lastStatus: 'PENDING' }] })
    expect(w.task(name).status?.pullStoppedAt).toBeUndefined()
  })
})
