/** The taskdefinition, service and deployment controllers on the real registry over the memory store. */
import { expect, it } from 'vitest'
import type { ResourceClient } from '../api/client/client.ts'
import { isTrue } from '../api/meta/conditions.ts'
import { openRegistry } from '../api/registry/registry.ts'
import { Event } from '../api/v1/core.ts'
import { allKinds } from '../api/v1/kinds.ts'
import { Service } from '../api/v1/service.ts'
import { ServiceDeployment } from '../api/v1/service-deployment.ts'
import { isStopped, isStopping, lastStatusOf, Task, type TaskStatus } from '../api/v1/task.ts'
import { TaskDefinition, TaskDefinitionRevision } from '../api/v1/task-definition.ts'
import { deploymentController } from '../controllers/deployment/controller.ts'
import { runControllers } from '../controllers/runtime/run.ts'
import { serviceController } from '../controllers/service/controller.ts'
import { taskDefinitionController } from '../controllers/taskdefinition/controller.ts'
import { type Logger, silentLogger } from '../lib/log.ts'
import { seededRandom } from '../lib/random.ts'
import { Scope } from '../lib/scope.ts'
import { milliTimestamp, seconds } from '../lib/time.ts'
import { settle, VirtualClock } from '../lib/virtual-clock.ts'
import { openMemoryStore } from '../store/memory/memory-store.ts'
import { doors } from './builders/doors.ts'
import { aContainer } from './builders/kinds.ts'

const web = { namespace: 'default', name: 'web' }

it.each(['direct', 'kubernetes'] as const)('a service is made, rolled, scaled and deleted (%s)', async (door) => {
  await using scope = new Scope(new AbortController().signal)
  const { signal } = scope
  const clock = new VirtualClock()
  const random = seededRandom(1)
  const store = await openMemoryStore({ clock })
  const registry = await openRegistry({ store, kinds: allKinds, clock, random, log: silentLogger }, signal)
  const client: ResourceClient = doors[door]({ registry, clock, random, log: silentLogger }, signal)
  const complaints: unknown[] = []
  const log: Logger = {
    ...silentLogger,
    error: (fields, sentence) => complaints.push([sentence, fields]),
    child: () => log,
  }
  scope.go('controllers', (s) =>
    runControllers(
      {
        client,
        clock,
        random,
        log,
        identity: 'test',
        component: 'test',
        make: (d) => [taskDefinitionController(d), serviceController(d), deploymentController(d)],
      },
      s,
    ),
  )
  const list = async (): Promise<readonly Task[]> => (await client.list(Task, {}, signal)).items
  const live = async (): Promise<readonly Task[]> =>
    (await list()).filter((task) => !isStopped(task) && !isStopping(task))
  const definitionsOf = async (): Promise<readonly string[]> => (await live()).map((task) => task.spec.taskDefinition)
  const rest = async (): Promise<void> => {
    for (let i = 0; i < 30; i++) await settle()
  }
  const report = (task: Task, status: TaskStatus): Promise<Task> =>
    client.updateStatus(Task, { ...task, status: { ...task.status, ...status } }, signal)
  /** The agents' part, until nothing is left to do. */
  const converge = async (): Promise<void> => {
    for (let round = 0; round < 20; round++) {
      await rest()
      const at = milliTimestamp(clock.now())
      for (const task of await list()) {
        if (isStopping(task)) await report(task, { lastStatus: 'STOPPED', stoppedAt: at })
        else if (!isStopped(task) && lastStatusOf(task) !== 'RUNNING')
          await report(task, { lastStatus: 'RUNNING', startedAt: at, healthStatus: 'UNKNOWN' })
      }
      await clock.advance(seconds(1))
    }
  }

  const containerDefinitions = [aContainer()]
  await client.create(TaskDefinition, { metadata: { name: 'web' }, spec: { containerDefinitions } }, signal)
  const spec = { taskDefinition: 'web', desiredCount: 3, schedulingStrategy: 'REPLICA' as const }
  await client.create(Service, { metadata: web, spec }, signal)
  await converge()
  expect(await definitionsOf()).toEqual(['web.1', 'web.1', 'web.1'])
  const service = await client.get(Service, web, signal)
  expect(service.status).toMatchObject({ runningCount: 3, rolloutState: 'COMPLETED', taskDefinition: 'web:1' })
  expect(isTrue(service.status?.conditions, 'Ready')).toBe(true)
  const [task] = await list()
  expect(task?.metadata).toMatchObject({
    labels: { 'gantry.dev/service': 'web', 'gantry.dev/service-revision': 'web-1' },
    finalizers: ['gantry.dev/containers'],
  })
  expect(task?.spec).toMatchObject({ group: 'service:web', startedBy: 'ecs-svc/web-d1', desiredStatus: 'RUNNING' })

  const changed = { spec: { containerDefinitions: [aContainer({ image: 'app:2' })] } }
  await client.patch(TaskDefinition, { namespace: '', name: 'web' }, { type: 'merge', body: changed }, signal)
  await converge()
  expect(await definitionsOf()).toEqual(['web.2', 'web.2', 'web.2'])
  expect((await client.list(TaskDefinitionRevision, {}, signal)).items.map(({ status }) => status?.status)).toEqual([
    'ACTIVE',
    'ACTIVE',
  ])
  const deployments = (await client.list(ServiceDeployment, {}, signal)).items
  expect(deployments.map(({ status }) => status?.status)).toEqual(['SUCCESSFUL', 'SUCCESSFUL'])

  await client.patch(Service, web, { type: 'merge', body: { spec: { desiredCount: 1 } } }, signal)
  await converge()
  expect(await definitionsOf()).toEqual(['web.2'])

  await client.delete(Service, web, {}, signal)
  await converge()
  await expect(client.get(Service, web, signal)).rejects.toMatchObject({ code: 'NotFound' })
  expect(await live()).toEqual([])
  const events = (await client.list(Event, {}, signal)).items.map(({ message }) => message)
  expect(events).toContain('(service web) has reached a steady state.')
  expect(events).toContain('(service web) (deployment ecs-svc/web-d2) deployment completed.')
  expect(complaints).toEqual([])
  await registry.close()
  await store.close()
})
