/** An agent on a fake engine and the API of a test, on a virtual clock. */
import { onTestFinished } from 'vitest'
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import type { TaskOverride } from '../../api/v1/task-overrides.ts'
import { containersFinalizer } from '../../api/v1/well-known.ts'
import { type AgentOptions, runAgent } from '../../controllers/agent/agent.ts'
import { type FakeEngine, fakeEngine } from '../../controllers/agent/engine/fake.ts'
import { ecsLabels } from '../../controllers/agent/labels.ts'
import type { Fault } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { type Millis, millis, seconds } from '../../lib/time.ts'
import { settle, type VirtualClock } from '../../lib/virtual-clock.ts'
import { aContainer, aTask, aTaskDefinitionRevision } from './kinds.ts'
import { openClient, type TestClient } from './test-client.ts'

type Revision = Partial<TaskDefinitionRevision['spec']['taskDefinition']>

/** A machine, an API, and an agent that can be killed and started again. */
export class AgentWorld {
  readonly client: TestClient
  readonly clock: VirtualClock
  readonly engine: FakeEngine
  #life: AbortController | undefined
  #ended: Promise<void> | undefined
  failure: Error | undefined

  constructor(client: TestClient) {
    this.client = client
    this.clock = client.clock
    const registryDigest = (image: string): string | undefined => this.registry.get(image)
    this.engine = fakeEngine({ clock: this.clock, images: ['app:1'], registryDigest, pullTakes: seconds(3) })
    this.client.interrupt((verb, kind) => {
      if (verb === 'updateStatus' && kind === 'Task') this.taskWrites += 1
      return this.trouble?.(verb, kind)
    })
  }
  taskWrites = 0
  /** Digests that the registry has for tags. */
  readonly registry = new Map<string, string>()
  /** What the API said of the instance each time the agent called itself ready. */
  readonly ready: (ContainerInstance | undefined)[] = []
  trouble: ((verb: string, kind: string) => Fault | undefined) | undefined

  async startAgent(options: Partial<AgentOptions> = {}): Promise<this> {
    this.#life = new AbortController()
    this.#ended = runAgent(
      {
        client: this.client,
        engine: this.engine,
        clock: this.clock,
        random: seededRandom(1),
        log: silentLogger,
        onReady: () => this.ready.push(this.client.all(ContainerInstance)[0]),
        options: { name: 'one', cluster: 'default', ...options },
      },
      this.#life.signal,
    ).catch((error: unknown) => {
      this.failure = error instanceof Error ? error : new Error(String(error))
    })
    await this.pass(millis(10))
    return this
  }
  async stopAgent(): Promise<void> {
    this.#life?.abort(new Error('stopped'))
    await this.#ended
    if (this.failure !== undefined) throw this.failure
  }
  async pass(by: Millis): Promise<void> {
    await this.clock.advance(by)
    for (let turn = 0; turn < 6; turn += 1) await settle()
  }

  /** A revision `web.1` with these containers and a task of it bound to `one`. */
  async run(
    containers: readonly Partial<ContainerDefinition>[],
    over: { name?: string; definition?: Revision; overrides?: TaskOverride } = {},
  ): Promise<string> {
    const name = over.name ?? 'web-1-0-1'
    const containerDefinitions = containers.map((container) => aContainer(container))
    const revision = `def-${name}.1`
    await this.client.put(
      aTaskDefinitionRevision({
        name: revision,
        spec: { family: 'web', revision: 1, taskDefinition: { containerDefinitions, ...over.definition } },
      }),
    )
    await this.client.put(
      aTask({
        name,
        spec: {
          taskDefinition: revision,
          containerInstance: 'one',
          ...(over.overrides === undefined ? {} : { overrides: over.overrides }),
        },
        metadata: { finalizers: [containersFinalizer], uid: `uid-${name}` },
      }),
    )
    return name
  }
  find(name: string): Task | undefined {
    return this.client.all(Task).find((task) => task.metadata.name === name)
  }
  task(name: string): Task {
    const task = this.find(name)
    if (task === undefined) throw new Error(`no task ${name}`)
    return task
  }
  async stopTask(name: string): Promise<void> {
    const task = this.task(name)
    await this.client.put({
      ...task,
      spec: {
        ...task.spec,
        desiredStatus: 'STOPPED',
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: 'scaled in',
      },
    })
  }
  deleteTask(name: string): Promise<void> {
    return this.client.delete(Task, { namespace: 'default', name }, {}, new AbortController().signal)
  }
  running(): readonly string[] {
    return this.engine
      .containers()
      .filter(({ status }) => status === 'running')
      .map(({ labels }) => labels[ecsLabels.containerName] ?? '')
  }
}

/** A world for one test; its agent is stopped afterwards, and must not have failed. */
export async function aWorld(): Promise<AgentWorld> {
  const made = new AgentWorld(await openClient())
  onTestFinished(() => made.stopAgent())
  return made
}

/** The same, and the agent runs. */
export const aRunningAgent = async (options: Partial<AgentOptions> = {}): Promise<AgentWorld> =>
  (await aWorld()).startAgent(options)

/** A container that behaves as the script of the fake engine says. */
export const behaves = (script: string): Partial<ContainerDefinition> => ({
  environment: [{ name: 'GANTRY_FAKE', value: script }],
})
