/** A scheduled task for tests, with its controller in the real runtime and tasks that end as a test says. */
import type { Resource } from '../../api/meta/object.ts'
import { Event } from '../../api/v1/core.ts'
import { ScheduledTask } from '../../api/v1/scheduled-task.ts'
import { Task, type TaskStatus } from '../../api/v1/task.ts'
import { scheduledTaskController } from '../../controllers/scheduled-task/controller.ts'
import { type Millis, seconds, timestamp } from '../../lib/time.ts'
import { aScheduledTask, aTaskDefinition, aTaskDefinitionRevision } from './kinds.ts'
import { calm, runController } from './run-controller.ts'
import { openClient, type TestClient } from './test-client.ts'

type Spec = Partial<ScheduledTask['spec']>

export const exited = (exitCode: number): TaskStatus => ({
  lastStatus: 'STOPPED',
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
  containers: [{ name: 'app', lastStatus: 'STOPPED', exitCode }],
})

/** One scheduled task, `nightly` unless told otherwise, and what a test asks about it. */
export class ScheduleBed {
  readonly client: TestClient
  constructor(client: TestClient) {
    this.client = client
  }
  run = () => runController(this.client, scheduledTaskController)
  async pass(time: Millis): Promise<void> {
    await this.client.clock.advance(time)
    await calm(this.client)
  }
  get object(): ScheduledTask {
    return this.client.all(ScheduledTask)[0] as ScheduledTask
  }
  get status(): NonNullable<ScheduledTask['status']> {
    return this.object.status ?? {}
  }
  get tasks(): readonly Task[] {
    return this.client.all(Task)
  }
  get live(): readonly Task[] {
    return this.tasks.filter((task) => task.status?.lastStatus !== 'STOPPED')
  }
  /** `SUCCEEDED 03:00`, newest first. */
  get runs(): readonly string[] {
    return (this.status.runs ?? []).map(({ status, scheduledTime }) => `${status} ${scheduledTime.slice(11, 16)}`)
  }
  get events(): readonly string[] {
    return this.client.all(Event).map(({ reason }) => reason ?? '')
  }
  /** All tasks that live end so. */
  async end(status: TaskStatus): Promise<void> {
    for (const task of this.live) {
      const stoppedAt = timestamp(this.client.clock.now())
      const stopCode = task.spec.stopCode ?? status.stopCode
      const stoppedReason = task.spec.stoppedReason ?? status.stoppedReason
      await this.client.put({ ...task, status: { ...status, stoppedAt, stopCode, stoppedReason } })
    }
    await this.pass(seconds(1))
  }
  async change(spec: Spec): Promise<void> {
    const { object } = this
    const generation = (object.metadata.generation ?? 1) + 1
    await this.client.put({
      ...object,
      metadata: { ...object.metadata, generation },
      spec: { ...object.spec, ...spec },
    })
    await calm(this.client)
  }
  async ask(request: string): Promise<void> {
    const { object } = this
    await this.client.put({
      ...object,
      metadata: { ...object.metadata, annotations: { 'gantry.dev/run-now': request } },
    })
    await calm(this.client)
  }
}

/** `others` take the place of the task definition `web` and its first revision. */
export async function prepared(spec: Spec, others: readonly Resource[] = []): Promise<ScheduleBed> {
  const definitions = [aTaskDefinition({ status: { observedGeneration: 1 } }), aTaskDefinitionRevision()]
  return new ScheduleBed(await openClient([...definitions, aScheduledTask({ spec }), ...others]))
}
export async function opened(spec: Spec, others: readonly Resource[] = []): Promise<ScheduleBed> {
  const bed = await prepared(spec, others)
  await bed.run()
  return bed
}
