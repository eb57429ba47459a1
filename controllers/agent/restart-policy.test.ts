/** Containers that are started again in place (ecs-core 4.5, 9.15): what the agent does, and what it says of it. */
import { describe, expect, it } from 'vitest'
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import { type Millis, minutes, seconds } from '../../lib/time.ts'
import { type AgentWorld, aRunningAgent, behaves } from '../../test/builders/agent-world.ts'
import { EngineFault } from './engine/errors.ts'

type Policy = NonNullable<ContainerDefinition['restartPolicy']>
const after61s = behaves('exit:1 after:61s')
const every60s: Policy = { enabled: true, restartAttemptPeriod: 60 }

describe('restartPolicy (ecs-core 4.5)', () => {
  it.each<{
    rule: string
    script?: Partial<ContainerDefinition>
    restartPolicy?: Policy
    after?: Millis
    restarts: number
    stopped?: string
  }>([
    { rule: 'none: an essential exit stops the task', restarts: 0, stopped: 'EssentialContainerExited' },
    {
      rule: 'not enabled: the same',
      restartPolicy: { enabled: false, restartAttemptPeriod: 60 },
      restarts: 0,
      stopped: 'EssentialContainerExited',
    },
    { rule: 'ran for the period: restarted', restartPolicy: every60s, restarts: 1 },
    { rule: 'and again, each time', restartPolicy: every60s, after: seconds(200), restarts: 3 },
    { rule: 'with any code, 0 too', script: behaves('exit:0 after:61s'), restartPolicy: every60s, restarts: 1 },
    {
      rule: 'also when it was killed for want of memory',
      script: behaves('oom:61s'),
      restartPolicy: every60s,
      restarts: 1,
    },
    {
      rule: 'ended before the period: not restarted',
      script: behaves('exit:1 after:59s'),
      restartPolicy: every60s,
      restarts: 0,
      stopped: 'EssentialContainerExited',
    },
    {
      rule: 'the period is 300 s by default',
      restartPolicy: { enabled: true },
      restarts: 0,
      stopped: 'EssentialContainerExited',
    },
    {
      rule: 'the period is 300 s by default, and after it restarts',
      script: behaves('exit:1 after:301s'),
      restartPolicy: { enabled: true },
      after: seconds(310),
      restarts: 1,
    },
    {
      rule: 'an ignored code: not restarted',
      restartPolicy: { ...every60s, ignoredExitCodes: [0, 1] },
      restarts: 0,
      stopped: 'EssentialContainerExited',
    },
    { rule: 'another code than the ignored', restartPolicy: { ...every60s, ignoredExitCodes: [0] }, restarts: 1 },
  ])('$rule', async ({ script = after61s, restartPolicy, after = seconds(65), restarts, stopped }) => {
    const w = await aRunningAgent()
    const name = await w.run([{ ...script, ...(restartPolicy === undefined ? {} : { restartPolicy }) }])
    await w.pass(after)
    const { status } = w.task(name)
    expect(status?.stopCode).toBe(stopped)
    expect(status?.lastStatus).toBe(stopped === undefined ? 'RUNNING' : 'STOPPED')
    expect(status?.containers?.[0]?.restartCount ?? 0).toBe(restarts)
    expect(w.engine.containers()).toHaveLength(1)
    if (stopped === undefined) {
      expect(w.running()).toEqual(['app'])
      expect(status?.containers?.[0]).not.toHaveProperty('exitCode')
      expect(status?.containers?.[0]?.reason).toBeUndefined()
    }
  })

  it('is no change of state: the task and its times stay, a restart is one write, and the ports are told', async () => {
    const w = await aRunningAgent()
    const portMappings = [{ containerPort: 80, hostPort: 0, protocol: 'tcp' as const }]
    const name = await w.run([{ ...after61s, portMappings, restartPolicy: every60s }, { name: 'other' }])
    await w.pass(seconds(10))
    const before = w.task(name).status
    const writes = w.taskWrites
    await w.pass(seconds(60))
    const { containers: [app, other] = [], ...status } = w.task(name).status ?? {}
    const { containers: [appBefore, otherBefore] = [], ...statusBefore } = before ?? {}
    expect(status).toEqual(statusBefore)
    expect(other).toEqual(otherBefore)
    expect(app).toMatchObject({
      restartCount: 1,
      startedAt: appBefore?.startedAt,
      runtimeId: appBefore?.runtimeId,
      networkBindings: [{ containerPort: 80, hostPort: 32_769 }],
    })
    expect(w.taskWrites).toBe(writes + 1)
  })

  it('what cannot be started again has stopped, and the container says why', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{ ...after61s, restartPolicy: every60s }])
    await w.pass(seconds(10))
    w.engine.failNext('start', new EngineFault('CannotStartContainerError', 'port is already allocated'))
    await w.pass(seconds(60))
    expect(w.task(name).status).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      containers: [{ exitCode: 1, reason: 'CannotStartContainerError: port is already allocated' }],
    })
  })

  it('dependsOn is not looked at again', async () => {
    const w = await aRunningAgent()
    const name = await w.run([
      { ...after61s, restartPolicy: every60s, dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }] },
      { name: 'init', essential: false, ...behaves('exit:0') },
    ])
    await w.pass(seconds(70))
    expect(w.task(name).status?.containers).toMatchObject([{ restartCount: 1 }, { lastStatus: 'STOPPED' }])
    expect(w.running()).toEqual(['app'])
  })

  it.each<{ when: string; does: (w: AgentWorld, name: string) => Promise<void>; stays: boolean }>([
    { when: 'a task that is told to stop', does: (w, name) => w.stopTask(name), stays: false },
    {
      when: 'what ended while the agent was away',
      does: async (w) => {
        await w.stopAgent()
        await w.pass(seconds(62))
        await w.startAgent()
      },
      stays: true,
    },
  ])('$when: restarted $stays', async ({ does, stays }) => {
    const w = await aRunningAgent()
    const name = await w.run([{ ...behaves('exit:1 after:61s stop:1s'), restartPolicy: every60s }])
    await w.pass(seconds(5))
    await does(w, name)
    await w.pass(seconds(30))
    expect(w.running()).toEqual(stays ? ['app'] : [])
    expect(w.task(name).status?.lastStatus).toBe(stays ? 'RUNNING' : 'STOPPED')
  })

  it('a container that is not essential is restarted alike', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{}, { name: 'side', essential: false, ...after61s, restartPolicy: every60s }])
    await w.pass(minutes(2))
    expect(w.task(name).status?.containers).toMatchObject([{}, { lastStatus: 'RUNNING', restartCount: 1 }])
  })
})
