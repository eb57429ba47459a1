/** What the simulation asks of restarts in place (ecs-core 4.5) fires when it should, and only then. */
import { describe, expect, it } from 'vitest'
import type { Task, TaskContainer } from '../api/v1/task.ts'
import type { ContainerState } from '../controllers/agent/engine/engine.ts'
import { instant, milliTimestamp } from '../lib/time.ts'
import { aContainer, aTask, aTaskDefinitionRevision } from './builders/kinds.ts'
import { restartsInPlace, restartsWhereTold, wrongRestart } from './simulation/checkers/restarts.ts'
import { keyIn, Model } from './simulation/history.ts'

const t0 = Date.UTC(2026, 0, 1)
const later = (seconds: number) => instant(t0 + seconds * 1000)
const policy = { enabled: true, restartAttemptPeriod: 60, ignoredExitCodes: [7] }
const task = (over: Partial<TaskContainer> = {}, more: Task['status'] = {}, spec: Partial<Task['spec']> = {}): Task => {
  const app = {
    name: 'app',
    lastStatus: 'RUNNING' as const,
    runtimeId: 'a',
    startedAt: milliTimestamp(later(0)),
    ...over,
  }
  return aTask({
    metadata: { uid: 'uid', generation: 2 },
    spec: { taskDefinition: 'web.1', ...spec },
    status: { lastStatus: 'RUNNING', observedGeneration: 2, ...more, containers: [app] },
  })
}
const modelOf = (now: Task | undefined, restartPolicy: typeof policy | undefined = policy): Model => {
  const model = new Model()
  const container = aContainer({ name: 'app', ...(restartPolicy === undefined ? {} : { restartPolicy }) })
  const taskDefinition = { containerDefinitions: [container] }
  const revision = aTaskDefinitionRevision({ name: 'web.1', spec: { family: 'web', revision: 1, taskDefinition } })
  model.apply({ kind: 'TaskDefinitionRevision', key: 'web.1', after: revision })
  if (now !== undefined) model.apply({ kind: 'Task', key: keyIn(now), after: now })
  return model
}
const change = (before: Task, now: Task) => ({
  ...{ revision: 1, at: later(0), actor: 'agent-one#1', kind: 'Task', key: 'default/web-1-0-1' },
  ...{ before, after: now },
})

describe('only what its policy says is started again', () => {
  const told = { desiredStatus: 'STOPPED' } as const
  it.each<{
    when: string
    state?: Partial<ContainerState>
    now?: Task | undefined
    none?: true
    complaint: string | undefined
  }>([
    { when: 'it ran for the period', complaint: undefined },
    { when: 'it is started for the first time', state: { status: 'created' }, now: undefined, complaint: undefined },
    { when: 'it ended too early', state: { finishedAt: later(59) }, complaint: 'ran for 59000 ms of 60 s' },
    { when: 'its code is ignored', state: { exitCode: 7 }, complaint: 'exit code 7 is ignored' },
    { when: 'nobody asked for it', none: true, complaint: 'no restartPolicy' },
    { when: 'its task has stopped', now: task({}, { lastStatus: 'STOPPED' }), complaint: 'task had stopped' },
    { when: 'its task is to stop', now: task({}, {}, told), complaint: 'its task is to stop' },
    {
      when: 'its agent has not heard that its task is to stop',
      now: task({}, { observedGeneration: 1 }, told),
      complaint: undefined,
    },
    {
      when: 'its task was given up while its agent was away',
      now: task({}, { lastStatus: 'STOPPED', connectivity: 'DISCONNECTED' }),
      complaint: undefined,
    },
  ])('$when: $complaint', ({ state, none, complaint, ...row }) => {
    const ended = {
      ...{ id: 'a', name: 'ecs-a', image: 'app:1', outOfMemory: false, health: 'none', ports: [] },
      ...{ status: 'exited', exitCode: 1, startedAt: later(0), finishedAt: later(60) },
      ...{ labels: { 'gantry.dev/task-uid': 'uid', 'gantry.dev/container': 'app' }, ...state },
    } as ContainerState
    const now = 'now' in row ? row.now : task()
    const found = wrongRestart(ended, modelOf(now, none === true ? { ...policy, enabled: false } : policy))
    if (complaint === undefined) expect(found).toBeUndefined()
    else expect(found).toContain(complaint)
  })
})

describe('a container that is started again', () => {
  const stopped = (over: Partial<TaskContainer> = {}, more: Task['status'] = {}): Task =>
    task(
      { lastStatus: 'STOPPED', exitCode: 1, stoppedAt: milliTimestamp(later(60)), ...over },
      { lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited', ...more },
    )
  it.each<{ when: string; before?: Task; now: Task; complaint: string | undefined }>([
    { when: 'it is counted', now: task({ restartCount: 1 }), complaint: undefined },
    { when: 'it is counted twice', now: task({ restartCount: 2 }), complaint: 'restarted twice at once' },
    { when: 'it is forgotten', before: task({ restartCount: 1 }), now: task(), complaint: 'restarted 1 times, now 0' },
    { when: 'it is another one', now: task({ runtimeId: 'b' }), complaint: 'has another app' },
    { when: 'its task ends by it', now: stopped(), complaint: 'ended by app' },
    { when: 'it ended too early', now: stopped({ stoppedAt: milliTimestamp(later(59)) }), complaint: undefined },
    {
      when: 'it ended too early after it was started again',
      before: task({ restartCount: 1 }),
      now: stopped({ restartCount: 1, restartedAt: milliTimestamp(later(10)) }),
      complaint: undefined,
    },
    { when: 'its code is ignored', now: stopped({ exitCode: 7 }), complaint: undefined },
    { when: 'it could not be', now: stopped({ reason: 'CannotStartContainerError: x' }), complaint: undefined },
    { when: 'its task was stopped', now: stopped({}, { stopCode: 'UserInitiated' }), complaint: undefined },
  ])('$when: $complaint', ({ before = task(), now, complaint }) => {
    const found = [restartsInPlace, restartsWhereTold].map((checker) =>
      checker.check(change(before, now), modelOf(now)),
    )
    const [said] = found.filter((text) => text !== undefined)
    if (complaint === undefined) expect(said).toBeUndefined()
    else expect(said).toContain(complaint)
  })
})
