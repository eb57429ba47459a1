/** That GitOps tools judge our objects rightly: the rules of kstatus on what controllers write, and Argo CD's scripts. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Draft, Resource } from '../api/meta/object.ts'
import { gantryKinds } from '../api/v1/kinds.ts'
import { Service, type ServiceSpec } from '../api/v1/service.ts'
import { isStopped, isStopping, lastStatusOf, Task } from '../api/v1/task.ts'
import { TaskDefinition } from '../api/v1/task-definition.ts'
import { deploymentController } from '../controllers/deployment/controller.ts'
import { runControllers } from '../controllers/runtime/run.ts'
import { serviceController } from '../controllers/service/controller.ts'
import { taskDefinitionController } from '../controllers/taskdefinition/controller.ts'
import { generatedFiles } from '../hack/generate/files.ts'
import { Fault } from '../lib/errors.ts'
import { silentLogger } from '../lib/log.ts'
import { seededRandom } from '../lib/random.ts'
import { Scope } from '../lib/scope.ts'
import { milliTimestamp, minutes, seconds } from '../lib/time.ts'
import type { VirtualClock } from '../lib/virtual-clock.ts'
import {
  aCluster,
  aContainer,
  aContainerInstance,
  aScheduledTask,
  aService,
  aServiceDeployment,
  aServiceRevision,
  aTask,
  aTaskDefinition,
  aTaskDefinitionRevision,
} from './builders/kinds.ts'
import { builtAt } from './builders/object.ts'
import { kindOf } from './builders/refusals.ts'
import { calm } from './builders/run-controller.ts'
import { openClient, type TestClient } from './builders/test-client.ts'
import { kstatusOf } from './kstatus.ts'
import { runLua } from './lua.ts'

const condition = (type: string, status: string) => ({ type, status })

describe('kstatus', () => {
  it.each([
    { when: 'it goes', object: { metadata: { deletionTimestamp: builtAt } }, want: 'Terminating' },
    { when: 'nobody says anything', object: { metadata: { generation: 1 } }, want: 'Current' },
    {
      when: 'the generation was not seen',
      object: {
        metadata: { generation: 2 },
        status: { observedGeneration: 1, conditions: [condition('Ready', 'True')] },
      },
      want: 'InProgress',
    },
    {
      when: 'it changes',
      object: { metadata: {}, status: { conditions: [condition('Reconciling', 'True')] } },
      want: 'InProgress',
    },
    {
      when: 'it is stuck',
      object: { metadata: {}, status: { conditions: [condition('Stalled', 'True')] } },
      want: 'Failed',
    },
    {
      when: 'it is not ready',
      object: { metadata: {}, status: { conditions: [condition('Ready', 'False')] } },
      want: 'InProgress',
    },
    {
      when: 'it is ready',
      object: { metadata: {}, status: { conditions: [condition('Ready', 'True')] } },
      want: 'Current',
    },
  ])('$when: $want', ({ object, want }) => {
    expect(kstatusOf(object)).toBe(want)
  })
})

class World {
  readonly client: TestClient
  readonly clock: VirtualClock
  /** How each status that a controller wrote is judged. */
  readonly #judged: string[] = []
  readonly scope = new Scope(new AbortController().signal)
  fails = false

  constructor(client: TestClient) {
    this.client = client
    this.clock = client.clock
    client.afterWrite((verb, kind, written) => {
      const line = `${kind} ${kstatusOf(written)}`
      const isJudged = verb === 'updateStatus' && (kind === 'Service' || kind === 'TaskDefinition')
      if (isJudged && this.#judged.at(-1) !== line) this.#judged.push(line)
      return undefined
    })
    const { clock } = this
    const make = (d: never) => [taskDefinitionController(d), serviceController(d), deploymentController(d)]
    const parts = { client, clock, random: seededRandom(1), log: silentLogger, identity: 'a', component: 'test', make }
    this.scope.go('controllers', (signal) => runControllers(parts as never, signal))
  }
  /** Lets controllers and tasks go on until nothing changes. */
  async converge(): Promise<void> {
    for (let turn = 0, before = ''; turn < 40 && before !== this.client.activity; turn++) {
      before = this.client.activity
      await calm(this.client)
      await Promise.all(this.client.all(Task).map((task) => (isStopped(task) ? undefined : this.#step(task))))
      await this.clock.advance(seconds(1))
    }
  }
  /** Goes on for longer than tries are put off. */
  async outlast(): Promise<void> {
    for (let n = 0; n < 12; n++) {
      await this.clock.advance(minutes(1))
      await this.converge()
    }
  }
  async #step(task: Task): Promise<void> {
    const bound = { ...task, spec: { ...task.spec, containerInstance: 'one' } }
    const set = (status: object): Promise<Task> => this.client.put({ ...bound, status: { ...task.status, ...status } })
    const at = milliTimestamp(this.clock.now())
    if (isStopping(task)) await set({ lastStatus: 'STOPPED', stoppedAt: at, stopCode: task.spec.stopCode })
    else if (this.fails) await set({ lastStatus: 'STOPPED', stoppedAt: at, stopCode: 'TaskFailedToStart' })
    else if (lastStatusOf(task) !== 'RUNNING') await set({ lastStatus: 'RUNNING', startedAt: at })
  }
  async define(image: string): Promise<void> {
    const old = this.client.all(TaskDefinition)[0]
    const metadata = { ...old?.metadata, generation: (old?.metadata.generation ?? 0) + 1 }
    const spec = { containerDefinitions: [aContainer({ image })] }
    await this.client.put(aTaskDefinition({ metadata, spec, status: old?.status }))
    await this.converge()
  }
  async serve(spec: Partial<ServiceSpec> = {}): Promise<void> {
    await this.client.put(aService({ spec }))
    await this.converge()
  }
  judged(kind: string): readonly string[] {
    const all = this.#judged.filter((line) => line.startsWith(`${kind} `)).map((line) => line.split(' ')[1] ?? '')
    this.#judged.length = 0
    return all.filter((one, i) => one !== all[i - 1])
  }
}

const aWorld = async (): Promise<World> => new World(await openClient([aContainerInstance()]))

describe('what controllers write', () => {
  let world: World
  afterEach(async () => {
    await world.scope[Symbol.asyncDispose]()
  })

  it('is in progress until all runs, and again in a rollout', async () => {
    world = await aWorld()
    await world.define('app:1')
    await world.serve()
    expect(world.judged('Service')).toEqual(['InProgress', 'Current'])
    await world.define('app:2')
    expect(world.judged('Service')).toEqual(['InProgress', 'Current'])
    expect(kstatusOf(world.client.all(Service)[0] as Service)).toBe('Current')
  })

  it('is failed where what it runs is missing', async () => {
    world = await aWorld()
    await world.serve({ taskDefinition: 'web:7' })
    expect(world.judged('Service').at(-1)).toBe('Failed')
  })

  it('is failed when tasks keep failing, and recovers', async () => {
    world = await aWorld()
    world.fails = true
    await world.define('app:1')
    await world.serve()
    await world.outlast()
    expect(world.judged('Service').at(-1)).toBe('Failed')
    world.fails = false
    await world.outlast()
    expect(world.judged('Service').at(-1)).toBe('Current')
  })

  it('says of a task definition that it is registered, or why not', async () => {
    world = await aWorld()
    await world.define('app:1')
    expect(world.judged('TaskDefinition')).toEqual(['Current'])
    world.client.interrupt((verb, kind) =>
      verb === 'create' && kind === 'TaskDefinitionRevision' ? new Fault('Invalid', 'too odd') : undefined,
    )
    await world.define('app:2')
    expect(world.judged('TaskDefinition')).toEqual(['Failed'])
    world.client.interrupt(undefined)
    await world.define('app:3')
    expect(world.judged('TaskDefinition')).toEqual(['Current'])
  })
})

interface Definition {
  readonly spec: {
    readonly names: { readonly kind: string }
    readonly versions: readonly {
      readonly schema: {
        readonly openAPIV3Schema: { readonly properties: { readonly status?: { readonly default?: object } } }
      }
    }[]
  }
}

it.each(gantryKinds.map((kind) => ({ name: kind.kind, kind })))(
  'a new $name is in progress before anybody looks',
  ({ kind }) => {
    const file = generatedFiles().get(`crds/${kind.group}_${kind.plural}.yaml`) ?? ''
    const { versions } = (parse(file) as Definition).spec
    const first = versions[0]?.schema.openAPIV3Schema.properties.status?.default
    // a revision has nothing to come to
    const want = kind.kind === 'TaskDefinitionRevision' ? 'Current' : 'InProgress'
    expect(kstatusOf({ metadata: { generation: 1 }, ...(first === undefined ? {} : { status: first }) })).toBe(want)
  },
)

const head = aTaskDefinition({ status: { observedGeneration: 1, latestRevision: 1, revisionName: 'web.1' } })
const own = [
  aCluster({ name: 'new' }),
  aTaskDefinition({ name: 'new' }),
  aService({ name: 'new' }),
  aServiceRevision(),
  aServiceDeployment(),
  aTask({ spec: { taskDefinition: 'web.1' } }),
  aContainerInstance({ name: 'new' }),
]
it.each(own)('so is a new $kind on our own API server, whatever status it was sent with', async (object) => {
  const client = await openClient([head, aTaskDefinitionRevision()])
  const { signal } = new AbortController()
  const kind = kindOf(object)
  const { name, namespace } = object.metadata
  const metadata = namespace === undefined ? { name } : { name, namespace }
  const sent = { ...object, metadata, status: { observedGeneration: 1 } } as unknown as Draft<Resource>
  const made = await client.create(kind, sent, signal)
  expect(kstatusOf(made)).toBe('InProgress')
  expect(kstatusOf(await client.get(kind, { namespace: namespace ?? '', name }, signal))).toBe('InProgress')
  const owned = made.metadata.managedFields?.flatMap(({ fieldsV1 }) => Object.keys(fieldsV1 ?? {}))
  expect(owned).not.toContain('f:status')
})

describe("Argo CD's scripts", () => {
  const { data } = parse(readFileSync(join(import.meta.dirname, '../deploy/argocd/argocd-cm.yaml'), 'utf8')) as {
    readonly data: Readonly<Record<string, string>>
  }
  const healthOf = (object: { readonly kind: string }): string | null =>
    runLua(data[`resource.customizations.health.gantry.dev_${object.kind}`] ?? '', object, ['status', 'message']).status
  const ready = (type: string, status: 'True' | 'False') => ({
    observedGeneration: 1,
    conditions: [{ type, status, reason: 'Because', message: 'Why.', lastTransitionTime: builtAt }],
  })

  it.each([
    { when: 'a new service', object: aService(), want: 'Progressing' },
    {
      when: 'a service that nobody saw',
      object: aService({ status: { observedGeneration: -1 } }),
      want: 'Progressing',
    },
    { when: 'a service in a rollout', object: aService({ status: ready('Reconciling', 'True') }), want: 'Progressing' },
    { when: 'a service that is stuck', object: aService({ status: ready('Stalled', 'True') }), want: 'Degraded' },
    {
      when: 'a paused service',
      object: aService({ spec: { paused: true }, status: ready('Ready', 'True') }),
      want: 'Suspended',
    },
    {
      when: 'a paused service in a rollout',
      object: aService({ spec: { paused: true }, status: ready('Ready', 'False') }),
      want: 'Suspended',
    },
    {
      when: 'a paused service that is stuck',
      object: aService({ spec: { paused: true }, status: ready('Stalled', 'True') }),
      want: 'Degraded',
    },
    { when: 'a steady service', object: aService({ status: ready('Ready', 'True') }), want: 'Healthy' },
    {
      when: 'a definition that is refused',
      object: aTaskDefinition({ status: ready('Stalled', 'True') }),
      want: 'Degraded',
    },
    { when: 'a registered definition', object: aTaskDefinition({ status: ready('Ready', 'True') }), want: 'Healthy' },
    { when: 'a new cluster', object: aCluster(), want: 'Progressing' },
    { when: 'a cluster', object: aCluster({ status: { observedGeneration: 1, status: 'ACTIVE' } }), want: 'Healthy' },
    { when: 'a new schedule', object: aScheduledTask(), want: 'Progressing' },
    { when: 'a schedule', object: aScheduledTask({ status: ready('Ready', 'True') }), want: 'Healthy' },
    {
      when: 'a schedule that cannot be kept',
      object: aScheduledTask({ status: ready('Stalled', 'True') }),
      want: 'Degraded',
    },
    {
      when: 'a schedule whose last run failed',
      object: aScheduledTask({ status: ready('LastRunSucceeded', 'False') }),
      want: 'Degraded',
    },
    {
      when: 'a schedule that is suspended',
      object: aScheduledTask({ spec: { suspend: true }, status: ready('Ready', 'True') }),
      want: 'Suspended',
    },
    { when: 'a new task', object: aTask(), want: 'Progressing' },
    { when: 'a task that runs', object: aTask({ status: { lastStatus: 'RUNNING' } }), want: 'Healthy' },
    {
      when: 'a task that did its work',
      object: aTask({
        status: {
          lastStatus: 'STOPPED',
          stopCode: 'EssentialContainerExited',
          containers: [{ name: 'app', lastStatus: 'STOPPED', exitCode: 0 }],
        },
      }),
      want: 'Healthy',
    },
    {
      when: 'a task that failed',
      object: aTask({
        status: {
          lastStatus: 'STOPPED',
          stopCode: 'EssentialContainerExited',
          containers: [{ name: 'app', lastStatus: 'STOPPED', exitCode: 1 }],
        },
      }),
      want: 'Degraded',
    },
    {
      when: 'a task that never ran',
      object: aTask({ status: { lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' } }),
      want: 'Degraded',
    },
    {
      when: 'an instance',
      object: aContainerInstance({ status: { status: 'ACTIVE', agentConnected: true } }),
      want: 'Healthy',
    },
    {
      when: 'an instance that is not heard',
      object: aContainerInstance({ status: { status: 'ACTIVE', agentConnected: false } }),
      want: 'Degraded',
    },
    {
      when: 'an instance that drains',
      object: aContainerInstance({ status: { status: 'DRAINING', agentConnected: true } }),
      want: 'Suspended',
    },
  ])('$when: $want', ({ object, want }) => {
    expect(healthOf(object)).toBe(want)
  })
})
