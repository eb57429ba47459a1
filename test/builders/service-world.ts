/** The taskdefinition, service and deployment controllers on the runtime, with a small agent in place of machines. */

import { Event } from '../../api/v1/core.ts'
import { Service, type ServiceSpec } from '../../api/v1/service.ts'
import { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { isStopped, isStopping, lastStatusOf, Task, type TaskStatus } from '../../api/v1/task.ts'
import { TaskDefinition } from '../../api/v1/task-definition.ts'
import { deploymentController } from '../../controllers/deployment/controller.ts'
import { runControllers } from '../../controllers/runtime/run.ts'
import { serviceController } from '../../controllers/service/controller.ts'
import { taskDefinitionController } from '../../controllers/taskdefinition/controller.ts'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { Scope } from '../../lib/scope.ts'
import { type Millis, milliTimestamp, seconds } from '../../lib/time.ts'
import type { VirtualClock } from '../../lib/virtual-clock.ts'
import { aContainer, aService, aTaskDefinition } from './kinds.ts'
import { calm } from './run-controller.ts'
import type { TestClient } from './test-client.ts'

export type Fate = (task: Task) => 'runs' | 'fails' | 'exits' | 'hangs' | 'sickens'

/** What a test drives: the controllers run; `turn` lets the agents take one step. */
export class World implements AsyncDisposable {
  readonly clock: VirtualClock
  readonly client: TestClient
  readonly scope = new Scope(new AbortController().signal)
  readonly signal = this.scope.signal
  /** What `check` found wrong. */
  readonly problems: string[] = []
  fate: Fate = () => 'runs'
  healthChecked = false
  /** What the tag of the image stands for, to an agent that is not told; undefined: nobody says. */
  tag: (task: Task) => string | undefined = () => undefined
  /** Where new tasks are bound; undefined: nowhere. */
  place: string | ((task: Task) => string | undefined) = 'one'

  constructor(client: TestClient) {
    this.client = client
    this.clock = client.clock
    this.scope.go('controllers', (signal) => this.control('first', signal))
  }

  control(identity: string, signal: AbortSignal): Promise<void> {
    const { client, clock } = this
    return runControllers(
      {
        client,
        clock,
        random: seededRandom(1),
        log: silentLogger,
        identity,
        component: 'test',
        make: (d) => [taskDefinitionController(d), serviceController(d), deploymentController(d)],
      },
      signal,
    )
  }

  tasks = (): readonly Task[] => this.client.all(Task)
  live = (): readonly Task[] => this.tasks().filter((task) => !isStopped(task) && !isStopping(task))
  running = (): readonly Task[] => this.live().filter((task) => lastStatusOf(task) === 'RUNNING')
  /** Live tasks of a task definition revision. */
  of = (taskDefinition: string): readonly Task[] =>
    this.live().filter(({ spec }) => spec.taskDefinition === taskDefinition)
  service = (name = 'web'): Service =>
    this.client.all(Service).find(({ metadata }) => metadata.name === name) as Service
  deployments = (): readonly ServiceDeployment[] => this.client.all(ServiceDeployment)
  events = (reason: string): readonly string[] =>
    this.client
      .all(Event)
      .filter((event) => event.reason === reason)
      .map(({ message }) => message ?? '')

  /** Lets the controllers come to rest. */
  rest = (): Promise<void> => calm(this.client)

  async setStatus(task: Task, status: TaskStatus): Promise<void> {
    const at = milliTimestamp(this.clock.now())
    const times = {
      ...(status.lastStatus === 'RUNNING' && task.status?.startedAt === undefined ? { startedAt: at } : {}),
      ...(status.lastStatus === 'STOPPED' ? { stoppedAt: at } : {}),
    }
    await this.client.put({ ...task, status: { ...task.status, ...times, ...status } })
  }

  /** Each task takes its next step: starts, or stops when told to. */
  async turn(): Promise<void> {
    const steps = this.tasks().map((task) => {
      if (isStopped(task)) return undefined
      if (!isStopping(task)) return this.step(task)
      return this.setStatus(task, { lastStatus: 'STOPPED', stopCode: task.spec.stopCode })
    })
    await Promise.all(steps)
    await this.rest()
    this.check()
  }

  async step(task: Task): Promise<void> {
    const fate = this.fate(task)
    const place = typeof this.place === 'string' ? this.place : this.place(task)
    const containerInstance = task.spec.containerInstance ?? place
    if (fate === 'hangs' || containerInstance === undefined) return
    const bound = { ...task, spec: { ...task.spec, containerInstance } }
    if (fate === 'fails') await this.setStatus(bound, { lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' })
    else if (lastStatusOf(task) !== 'RUNNING')
      await this.setStatus(bound, {
        lastStatus: 'RUNNING',
        healthStatus: this.healthChecked ? 'HEALTHY' : 'UNKNOWN',
        ...this.images(task),
      })
    else if (fate === 'exits') await this.exit(bound)
    else if (fate === 'sickens') await this.setStatus(bound, { lastStatus: 'RUNNING', healthStatus: 'UNHEALTHY' })
  }

  /** The container as the agent reports it once it knows the digest. */
  images(task: Task): Pick<TaskStatus, 'containers'> {
    const imageDigest = task.spec.containerImages?.[0]?.imageDigest ?? this.tag(task)
    if (imageDigest === undefined) return {}
    const healthStatus = this.healthChecked ? 'HEALTHY' : 'UNKNOWN'
    return { containers: [{ name: 'app', lastStatus: 'RUNNING', healthStatus, imageDigest }] }
  }

  async exit(task: Task): Promise<void> {
    await this.setStatus(task, { lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited' })
  }

  /** Turns until nothing changes any more. */
  async converge(): Promise<void> {
    await this.rest()
    for (let i = 0; i < 100; i++) {
      const before = this.client.activity
      await this.turn()
      await this.advance(seconds(1))
      if (this.client.activity === before) return
    }
    throw new Error('does not converge')
  }

  async advance(by: Millis): Promise<void> {
    await this.clock.advance(by)
    await this.rest()
  }

  /** While nothing dies on its own, a service is never under its minimum nor over its maximum. */
  watch: { readonly least: number; readonly most: number } | undefined
  check(): void {
    if (this.watch === undefined) return
    const active = this.tasks().filter((task) => !isStopped(task)).length
    if (active > this.watch.most) this.problems.push(`${active} tasks, at most ${this.watch.most}`)
    const healthy = this.running().length
    if (healthy < this.watch.least) this.problems.push(`${healthy} healthy, at least ${this.watch.least}`)
  }

  async define(
    image = 'app:1',
    family = 'web',
    over: Partial<Parameters<typeof aContainer>[0]> = {},
    more: Partial<TaskDefinition['spec']> = {},
  ): Promise<void> {
    const spec = { containerDefinitions: [aContainer({ image, ...over })], ...more }
    const old = this.client.all(TaskDefinition).find(({ metadata }) => metadata.name === family)
    const generation = 1 + (old?.metadata.generation ?? 0)
    const metadata = old?.metadata ?? {}
    await this.client.put(
      aTaskDefinition({ name: family, metadata: { ...metadata, generation }, spec, status: old?.status }),
    )
    await this.rest()
  }

  async serve(spec: Partial<ServiceSpec> = {}, name = 'web'): Promise<void> {
    const old = this.service(name)
    const generation = 1 + (old?.metadata.generation ?? 0)
    await this.client.put(
      old === undefined
        ? aService({ name, spec })
        : { ...old, metadata: { ...old.metadata, generation }, spec: { ...old.spec, ...spec } },
    )
    await this.rest()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scope[Symbol.asyncDispose]()
  }
}
