/**
 * Properties of the service's and the deployment's decisions together, on a model: random changes, deaths and lost steps, with
 * the bounds checked on every plan; then quiet, in which it must come to the goal and have nothing left to do.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Service } from '../api/v1/service.ts'
import { taskBounds } from '../api/v1/service-bounds.ts'
import type { ServiceDeployment } from '../api/v1/service-deployment.ts'
import type { ServiceRevision } from '../api/v1/service-revision.ts'
import { hasRun, isStopped, isStopping, lastStatusOf, type Task, type TaskStatus } from '../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../api/v1/task-definition.ts'
import { isHealthy } from '../api/v1/task-health.ts'
import { type Plan as DeploymentPlan, plan as planDeployment } from '../controllers/deployment/plan.ts'
import { stateOf as deploymentStateOf } from '../controllers/deployment/state.ts'
import { plan as planService, type Plan as ServicePlan } from '../controllers/service/plan.ts'
import { stateOf as serviceStateOf } from '../controllers/service/state.ts'
import { type Instant, type Millis, milliTimestamp, minutes, parseTimestamp, plus, timestamp } from '../lib/time.ts'
import { aService, aServiceDeployment, aServiceRevision, aTask, aTaskDefinitionRevision } from './builders/kinds.ts'
import { builtAt } from './builders/object.ts'

const instances = ['one', 'two', 'three']

class Model {
  now: Instant = parseTimestamp(builtAt)
  service: Service = aService({ spec: { desiredCount: 3 }, metadata: { finalizers: ['gantry.dev/drain'] } })
  definitions: TaskDefinitionRevision[] = [this.#definition(1)]
  revisions: ServiceRevision[] = []
  deployments: ServiceDeployment[] = []
  tasks: Task[] = []
  /** Tasks that will not get healthy. */
  sick = false
  seed = 1

  #definition(revision: number): TaskDefinitionRevision {
    const healthCheck = { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 }
    const app = { name: 'app', image: `app:${revision}`, cpu: 0, memory: 64, essential: true }
    const checked = revision % 2 === 0 ? { ...app, healthCheck } : app
    return aTaskDefinitionRevision({
      spec: { revision, taskDefinition: { family: 'web', containerDefinitions: [checked] } },
    })
  }
  definition = (name: string): TaskDefinitionRevision | undefined =>
    this.definitions.find(({ metadata }) => metadata.name === name)

  tasksOf = (revision: ServiceRevision): readonly Task[] =>
    this.tasks.filter((task) => task.metadata.ownerReferences?.[0]?.uid === revision.metadata.uid)

  serviceState = (order: <T>(items: readonly T[]) => readonly T[] = (items) => items) =>
    serviceStateOf({
      now: this.now,
      service: this.service,
      revisions: order(this.revisions),
      deployments: order(this.deployments),
      tasksOf: (revision) => order(this.tasksOf(revision)),
      isTaken: () => false,
      revision: this.definition,
      family: () => order(this.definitions),
      head: () => undefined,
      instance: () => undefined,
      instances: () => [],
      prefetching: () => [],
    })
  deploymentState = (order: <T>(items: readonly T[]) => readonly T[] = (items) => items) =>
    deploymentStateOf({
      now: this.now,
      service: this.service,
      revisions: order(this.revisions),
      deployments: order(this.deployments),
      tasksOf: (revision) => order(this.tasksOf(revision)),
      hookTasksOf: () => [],
      definition: this.definition,
      instances: () => [],
    })

  isHealthy = (task: Task): boolean => isHealthy(task, this.definition(task.spec.taskDefinition)?.spec.taskDefinition)
  active = (): number => this.tasks.filter((task) => !isStopped(task)).length
  healthy = (): number => this.tasks.filter(this.isHealthy).length

  /** Takes the plan's steps; `lost` of the last ones do not happen, as after a crash. Checks the bounds. */
  applyService(plan: ServicePlan, lost: number): number {
    const bounds = taskBounds(this.service.spec, this.service.spec.desiredCount ?? 0)
    const healthyStops = plan.stops.filter(({ task }) => this.isHealthy(task)).length
    if (plan.starts.length > 0) expect(this.active() + plan.starts.length).toBeLessThanOrEqual(bounds.upper)
    if (healthyStops > 0) expect(this.healthy() - healthyStops).toBeGreaterThanOrEqual(bounds.lower)
    const steps = [...plan.structure, ...plan.stops, ...plan.starts]
    for (const step of steps.slice(0, steps.length - lost)) {
      switch (step.do) {
        case 'setFinalizers':
        case 'releaseRevision':
          break
        case 'createRevision':
          this.revisions.push(aServiceRevision({ name: step.name, owner: this.service, spec: step.spec }))
          break
        case 'createDeployment': {
          const spec = { deployment: step.number, targetServiceRevision: step.target, sourceServiceRevisions: [] }
          const metadata = { creationTimestamp: timestamp(this.now) }
          this.deployments.push(aServiceDeployment({ name: step.name, owner: this.service, spec, metadata }))
          break
        }
        case 'start': {
          expect(this.tasks.map(({ metadata }) => metadata.name)).not.toContain(step.name)
          const annotations = {
            'gantry.dev/start-failures': String(step.startFailures),
            'gantry.dev/crashes': String(step.crashes),
          }
          const metadata = { creationTimestamp: timestamp(this.now), annotations }
          const spec = { taskDefinition: step.revision.spec.taskDefinition }
          this.tasks.push(aTask({ name: step.name, owner: step.revision, metadata, spec }))
          break
        }
        case 'stop':
          this.change(step.task, { spec: { ...step.task.spec, desiredStatus: 'STOPPED' } })
          break
      }
    }
    if (lost === 0) this.service = { ...this.service, status: plan.status }
    return steps.length
  }

  applyDeployment({ actions }: DeploymentPlan, lost: number): number {
    for (const action of actions.slice(0, actions.length - lost)) {
      if (action.do === 'scale')
        this.revisions = this.revisions.map((one) =>
          one.metadata.uid === action.revision.metadata.uid
            ? { ...one, spec: { ...one.spec, desiredCount: action.desiredCount } }
            : one,
        )
      else
        this.deployments = this.deployments.map((one) =>
          one.metadata.uid === action.deployment.metadata.uid ? { ...one, status: action.status } : one,
        )
    }
    return actions.length
  }

  wait(by: Millis): void {
    this.now = plus(this.now, by)
  }
  setSick(sick: boolean): void {
    this.sick = sick
  }
  change(task: Task, to: Partial<Task>): void {
    this.tasks = this.tasks.map((one) => (one.metadata.uid === task.metadata.uid ? { ...one, ...to } : one))
  }
  setStatus(task: Task, status: TaskStatus): void {
    this.change(task, { status: { ...task.status, ...status } })
  }

  /** The agent's next step for a task. */
  advance(task: Task, dies: boolean): void {
    const at = milliTimestamp(this.now)
    if (isStopped(task)) return
    if (isStopping(task))
      this.setStatus(task, { lastStatus: 'STOPPED', stoppedAt: at, stopCode: 'ServiceSchedulerInitiated' })
    else if (dies)
      this.setStatus(task, {
        lastStatus: 'STOPPED',
        stoppedAt: at,
        stopCode: hasRun(task) ? 'EssentialContainerExited' : 'TaskFailedToStart',
      })
    else if (lastStatusOf(task) === 'RUNNING')
      this.setStatus(task, { healthStatus: this.sick ? 'UNHEALTHY' : 'HEALTHY' })
    else {
      const bound = instances[this.tasks.length % instances.length]
      this.change(task, {
        spec: { ...task.spec, containerInstance: bound },
        status: { ...task.status, lastStatus: 'RUNNING', startedAt: at, healthStatus: 'UNKNOWN' },
      })
    }
  }

  spec(over: Partial<Service['spec']>): void {
    const generation = 1 + (this.service.metadata.generation ?? 0)
    this.service = {
      ...this.service,
      metadata: { ...this.service.metadata, generation },
      spec: { ...this.service.spec, ...over },
    }
  }
  define(): void {
    this.definitions.push(this.#definition(this.definitions.length + 1))
  }
  pass(which: 'service' | 'deployment', lost = 0): number {
    return which === 'service'
      ? this.applyService(planService(this.serviceState(), this.now), lost)
      : this.applyDeployment(planDeployment(this.deploymentState(), this.now), lost)
  }
}

type Step = (model: Model) => unknown
const pick = fc.nat({ max: 30 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.nat({ max: 50 }).map(
      (i): Step =>
        (m) => {
          const task = m.tasks[i % Math.max(1, m.tasks.length)]
          if (task !== undefined)
            m.change(task, { spec: { ...task.spec, desiredStatus: 'STOPPED', stopCode: 'UserInitiated' } })
        },
    ),
  },
  {
    weight: 6,
    arbitrary: pick.map(
      (lost): Step =>
        (m) =>
          m.pass('service', lost < 25 ? 0 : lost - 24),
    ),
  },
  {
    weight: 6,
    arbitrary: pick.map(
      (lost): Step =>
        (m) =>
          m.pass('deployment', lost < 28 ? 0 : 1),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(fc.nat({ max: 200 }), fc.nat({ max: 9 })).map(
      ([i, luck]): Step =>
        (m) => {
          const open = m.tasks.filter((task) => !isStopped(task))
          const task = open[i % Math.max(1, open.length)]
          if (task !== undefined) m.advance(task, luck === 0)
        },
    ),
  },
  { weight: 3, arbitrary: fc.constant<Step>((m) => m.tasks.forEach((task) => void m.advance(task, false))) },
  {
    weight: 2,
    arbitrary: fc.nat({ max: 90_000 }).map(
      (ms): Step =>
        (m) =>
          m.wait(ms as Millis),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat({ max: 7 }).map(
      (desiredCount): Step =>
        (m) =>
          m.spec({ desiredCount }),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((m) => m.define()) },
  {
    weight: 1,
    arbitrary: pick.map(
      (n): Step =>
        (m) =>
          m.spec({ taskDefinition: n < 15 ? 'web' : 'web:1' }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (sick): Step =>
        (m) =>
          m.setSick(sick),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(0, 30, 50, 75, 100), fc.constantFrom(100, 120, 150, 200, 300))
      .filter(([minimum, maximum]) => minimum < maximum) // else it is refused at the door
      .map(
        ([minimumHealthyPercent, maximumPercent]): Step =>
          (m) =>
            m.spec({ deploymentConfiguration: { minimumHealthyPercent, maximumPercent } }),
      ),
  },
)

/** No more trouble: everything starts, gets healthy and stops when told. */
function calm(model: Model): number {
  model.sick = false
  for (let quiet = 0, rounds = 0; rounds < 400; rounds++) {
    const acted = model.pass('service') + model.pass('deployment')
    model.tasks.forEach((task) => void model.advance(task, false))
    quiet = acted === 0 ? quiet + 1 : 0
    if (quiet === 3) return rounds
    if (acted === 0) model.now = plus(model.now, minutes(10))
  }
  throw new Error('does not come to rest')
}

const shuffled =
  (seed: number) =>
  <T>(items: readonly T[]): readonly T[] =>
    items
      .map((item, i) => ({ item, rank: Math.imul(i + seed, 2654435761) >>> 0 }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ item }) => item)

const steps = fc.array(step, { maxLength: 120, size: 'max' })
const runs = { numRuns: 300 }

describe('any sequence of changes, deaths and lost steps', () => {
  it('keeps the bounds on every plan, and in the end runs exactly what is wanted, or says that the bounds forbid it', () => {
    fc.assert(
      fc.property(steps, (changes) => {
        const model = new Model()
        for (const change of changes) change(model)
        calm(model)
        const { desiredCount = 0, taskDefinition } = model.service.spec
        const running = model.tasks.filter((task) => !isStopped(task))
        const wanted = taskDefinition === 'web' ? `web.${model.definitions.length}` : 'web.1'
        const ready = model.service.status?.conditions?.find(({ type }) => type === 'Ready')
        const { lower, upper } = taskBounds(model.service.spec, desiredCount)
        const old = running.filter((task) => task.spec.taskDefinition !== wanted)
        if (old.length > 0 && lower === desiredCount && upper === desiredCount)
          expect(ready).toMatchObject({ status: 'False', reason: 'DeploymentBlocked' })
        else {
          expect(ready).toMatchObject({ status: 'True', reason: 'SteadyState' })
          expect(old).toEqual([])
          expect(model.service.status?.rolloutState).toBe('COMPLETED')
        }
        expect(running).toHaveLength(desiredCount)
        expect(model.deployments.slice(0, -1).map(({ status }) => status?.status)).not.toContain('IN_PROGRESS')
      }),
      runs,
    )
  })

  it('decides the same from the same resources in any order', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (changes, seed) => {
        const model = new Model()
        for (const change of changes) change(model)
        const order = shuffled(seed)
        expect(planService(model.serviceState(order), model.now)).toEqual(planService(model.serviceState(), model.now))
        const plan = planDeployment(model.deploymentState(), model.now)
        expect(planDeployment(model.deploymentState(order), model.now)).toEqual(plan)
      }),
      { numRuns: 150 },
    )
  })

  it('at the goal there is nothing to do and nothing to write', () => {
    fc.assert(
      fc.property(steps, (changes) => {
        const model = new Model()
        for (const change of changes) change(model)
        calm(model)
        const plan = planService(model.serviceState(), plus(model.now, minutes(60)))
        expect([plan.structure, plan.starts, plan.stops, plan.changed, plan.events]).toEqual([[], [], [], false, []])
        expect(planDeployment(model.deploymentState(), model.now).actions).toEqual([])
      }),
      { numRuns: 100 },
    )
  })
})
