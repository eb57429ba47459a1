/** How tasks end, code by code and text by text as the reference has them (ecs-core 4.1, 4.3, 4.5). */
import { describe, expect, it } from 'vitest'
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import { minutes, seconds } from '../../lib/time.ts'
import { type AgentWorld, aRunningAgent, behaves } from '../../test/builders/agent-world.ts'
import { timedOut } from './engine/errors.ts'
import { engineLimits } from './limits.ts'

interface Row {
  /** Section of the reference, and what it says. */
  readonly rule: string
  readonly containers: readonly Partial<ContainerDefinition>[]
  readonly before?: (w: AgentWorld) => void
  /** What happens after two seconds. */
  readonly happens?: (w: AgentWorld, task: string) => unknown
  readonly code: string
  readonly reason: string
  /** Of the first container. */
  readonly container?: { readonly exitCode?: number; readonly reason?: string }
  readonly ran: boolean
}

const essentialExited = 'Essential container in task exited'
const notFound = 'pull access denied for missing:1, repository does not exist'
const stopAs =
  (spec: { stopCode?: 'UserInitiated' | 'ServiceSchedulerInitiated'; stoppedReason?: string }) =>
  (w: AgentWorld, name: string) => {
    const task = w.task(name)
    return w.client.put({ ...task, spec: { ...task.spec, desiredStatus: 'STOPPED', ...spec } })
  }

describe('stopCode and stoppedReason', () => {
  it.each<Row>([
    {
      rule: '4.3 EssentialContainerExited: an essential container ended, with whatever code',
      containers: [behaves('exit:0 after:1s')],
      code: 'EssentialContainerExited',
      reason: essentialExited,
      container: { exitCode: 0 },
      ran: true,
    },
    {
      rule: '4.3 ... and its exit code is on the container',
      containers: [behaves('exit:42 after:1s')],
      code: 'EssentialContainerExited',
      reason: essentialExited,
      container: { exitCode: 42 },
      ran: true,
    },
    {
      rule: '4.1 a task whose only container exits at once still ran',
      containers: [behaves('exit:1')],
      code: 'EssentialContainerExited',
      reason: essentialExited,
      container: { exitCode: 1 },
      ran: true,
    },
    {
      rule: '4.4 out of memory: OutOfMemoryError and 137 on the container',
      containers: [behaves('oom:1s')],
      code: 'EssentialContainerExited',
      reason: essentialExited,
      container: { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
      ran: true,
    },
    {
      rule: '4.5 an essential exit stops the rest; the code is that of the one that began',
      containers: [behaves('exit:3 after:1s'), { name: 'log' }],
      code: 'EssentialContainerExited',
      reason: essentialExited,
      container: { exitCode: 3 },
      ran: true,
    },
    {
      rule: '4.3 TaskFailedToStart: a missing image',
      containers: [{ image: 'missing:1' }],
      code: 'TaskFailedToStart',
      reason: `CannotPullContainerError: ${notFound}`,
      container: { reason: `CannotPullContainerError: ${notFound}` },
      ran: false,
    },
    {
      rule: '4.3 TaskFailedToStart: the engine cannot create the container',
      containers: [behaves('create:fail')],
      code: 'TaskFailedToStart',
      reason: 'CannotCreateContainerError: create:fail',
      container: { reason: 'CannotCreateContainerError: create:fail' },
      ran: false,
    },
    {
      rule: '4.3 TaskFailedToStart: a bad command: the engine cannot start it',
      containers: [behaves('start:fail')],
      code: 'TaskFailedToStart',
      reason: 'CannotStartContainerError: start:fail',
      container: { reason: 'CannotStartContainerError: start:fail' },
      ran: false,
    },
    {
      rule: '4.3 DockerTimeoutError: the start call took too long',
      containers: [{}],
      before: (w) => w.engine.failNext('start', timedOut('started', engineLimits.start)),
      code: 'TaskFailedToStart',
      reason: 'DockerTimeoutError: Could not transition to started; timed out after waiting 3m0s',
      container: { reason: 'DockerTimeoutError: Could not transition to started; timed out after waiting 3m0s' },
      ran: false,
    },
    {
      rule: '4.3 DockerTimeoutError: the create call took too long',
      containers: [{}],
      before: (w) => w.engine.failNext('create', timedOut('created', engineLimits.create)),
      code: 'TaskFailedToStart',
      reason: 'DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s',
      container: { reason: 'DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s' },
      ran: false,
    },
    {
      rule: '4.3 ContainerVanishedError: it ran, and the engine has it no more',
      containers: [{}],
      happens: (w) => w.engine.wipe(),
      code: 'EssentialContainerExited',
      reason: essentialExited,
      container: { reason: 'ContainerVanishedError: The container is gone from the engine' },
      ran: true,
    },
    {
      rule: '3.4 a dependency that failed can never be met: TaskDependencyError',
      containers: [
        { dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }] },
        { name: 'init', essential: false, ...behaves('exit:1 after:1s') },
      ],
      code: 'TaskFailedToStart',
      reason: 'TaskDependencyError: container init can no longer reach SUCCESS',
      container: { reason: 'TaskDependencyError: container init can no longer reach SUCCESS' },
      ran: false,
    },
    {
      rule: "4.3 UserInitiated: the caller's reason",
      containers: [{}],
      happens: stopAs({ stopCode: 'UserInitiated', stoppedReason: 'maintenance' }),
      code: 'UserInitiated',
      reason: 'maintenance',
      container: { exitCode: 143 },
      ran: true,
    },
    {
      rule: '4.3 UserInitiated: by default `Task stopped by user`',
      containers: [{}],
      happens: stopAs({}),
      code: 'UserInitiated',
      reason: 'Task stopped by user',
      container: { exitCode: 143 },
      ran: true,
    },
    {
      rule: '4.5 SIGKILL after stopTimeout: 137',
      containers: [{ ...behaves('stop:never'), stopTimeout: 5 }],
      happens: stopAs({}),
      code: 'UserInitiated',
      reason: 'Task stopped by user',
      container: { exitCode: 137 },
      ran: true,
    },
    {
      rule: '4.3 UserInitiated: deleted',
      containers: [{}],
      happens: async (w, name) => {
        const task = w.task(name)
        const finalizers = [...(task.metadata.finalizers ?? []), 'test/keep']
        await w.client.put({ ...task, metadata: { ...task.metadata, finalizers } })
        return w.deleteTask(name)
      },
      code: 'UserInitiated',
      reason: 'Task stopped by user: it was deleted',
      ran: true,
    },
    {
      rule: '4.3 ServiceSchedulerInitiated: in the words of the service',
      containers: [{}],
      happens: stopAs({
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: 'Scaling activity initiated by (deployment ecs-svc/1)',
      }),
      code: 'ServiceSchedulerInitiated',
      reason: 'Scaling activity initiated by (deployment ecs-svc/1)',
      ran: true,
    },
  ])('$rule', async ({ containers, before, happens, code, reason, container, ran }) => {
    const w = await aRunningAgent()
    before?.(w)
    const name = await w.run(containers)
    await w.pass(seconds(5))
    await happens?.(w, name)
    await w.pass(minutes(1))
    const { status } = w.task(name)
    expect(status).toMatchObject({ lastStatus: 'STOPPED', stopCode: code, stoppedReason: reason })
    expect(status?.containers?.[0]).toMatchObject({ lastStatus: 'STOPPED', ...container })
    if (!ran) expect(status?.containers?.[0]?.exitCode).toBeUndefined()
    expect(status?.startedAt !== undefined).toBe(ran)
    expect(status?.stoppedAt).toBeDefined()
  })

  it('4.5 a container that is not essential and cannot start stops itself alone', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{}, { name: 'extra', essential: false, image: 'missing:1' }])
    await w.pass(seconds(8))
    expect(w.task(name).status).toMatchObject({
      lastStatus: 'RUNNING',
      containers: [
        { lastStatus: 'RUNNING' },
        { lastStatus: 'STOPPED', reason: `CannotPullContainerError: ${notFound}` },
      ],
    })
    expect(w.task(name).status?.stopCode).toBeUndefined()
  })

  it('4.1 STOPPING comes between, and STOPPED only when all containers have', async () => {
    const w = await aRunningAgent()
    const name = await w.run([behaves('exit:0 after:1s'), { name: 'slow', ...behaves('stop:6s') }])
    await w.pass(seconds(6))
    expect(w.task(name).status).toMatchObject({ lastStatus: 'STOPPING', stoppingAt: expect.any(String) })
    await w.pass(seconds(5))
    expect(w.task(name).status).toMatchObject({ lastStatus: 'STOPPED', executionStoppedAt: expect.any(String) })
  })
})
