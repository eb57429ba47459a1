import { describe, expect, it } from 'vitest'
import type { TaskOverride } from '../../api/v1/task-overrides.ts'
import { seconds } from '../../lib/time.ts'
import { type AgentWorld, aRunningAgent, behaves } from '../../test/builders/agent-world.ts'

const environment = (script: string) => [{ name: 'GANTRY_FAKE', value: script }]

async function run(w: AgentWorld, overrides: TaskOverride): Promise<string> {
  const name = await w.run([behaves('exit:1'), { name: 'log', essential: false }], { overrides })
  await w.pass(seconds(8))
  return name
}

describe('a task with overrides (ecs-core 4.8)', () => {
  it('runs the image, and with the environment, of the override', async () => {
    const w = await aRunningAgent()
    const containerOverrides = [{ name: 'app', image: 'app:2', environment: environment('exit:7 after:60s') }]
    const name = await run(w, { containerOverrides })
    expect(w.task(name).status).toMatchObject({
      lastStatus: 'RUNNING',
      containers: [
        { name: 'app', image: 'app:2' },
        { name: 'log', image: 'app:1' },
      ],
    })
    expect(w.engine.containers().map(({ image }) => image)).toEqual(expect.arrayContaining(['app:2', 'app:1']))
    await w.pass(seconds(60))
    expect(w.task(name).status).toMatchObject({ lastStatus: 'STOPPED', containers: [{ exitCode: 7 }, {}] })
  })

  it('waits for room as the overrides ask for it', async () => {
    const w = await aRunningAgent({ memory: 256 })
    const name = await run(w, { memory: '512' })
    expect(w.task(name).status).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' })
    expect(w.task(name).status?.stoppedReason).toContain('no room for 512 MiB')
  })

  it('fails when they name a container that is not there', async () => {
    const w = await aRunningAgent()
    const name = await run(w, { containerOverrides: [{ name: 'web' }] })
    const said = 'Override for container named web is not a container in the TaskDefinition'
    expect(w.task(name).status).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringContaining(said),
    })
    expect(w.engine.containers()).toEqual([])
  })
})
