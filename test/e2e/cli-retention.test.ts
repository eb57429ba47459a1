/** What is over goes when the flags and the service say so: first a stopped task's containers, then the task. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import type { Task } from '../../api/v1/task.ts'
import type { Timeline } from '../../cmd/rollout/timeline.ts'
import { ensureBookstoreImage } from '../../hack/image.ts'
import { until } from '../until.ts'
import { Gantry, service, taskDefinition } from './cli-gantry.ts'

let gantry: Gantry
beforeAll(async () => {
  await ensureBookstoreImage()
  gantry = await Gantry.up('--task-cleanup-wait', '4s', '--stopped-task-retention', '12s', '--deployment-limit', '1')
}, 120_000)
afterAll(() => gantry[Symbol.asyncDispose]())

it('a stopped task loses its containers, then goes itself', async () => {
  expect((await gantry.apply(taskDefinition('job'))).code).toBe(0)
  const [name = ''] = (await gantry.run('run', 'job', '--wait', '-o', 'name', '--', 'echo', 'hello')).out.split('\n')
  const logs = () => gantry.run('logs', name)
  expect((await logs()).out).toBe('hello\n')
  await until('its containers are gone', async () => (await logs()).code !== 0)
  expect((await logs()).err).toContain('those of a stopped task go after a while')
  expect((await gantry.json<Task>('get', name)).status?.containers?.[0]?.exitCode).toBe(0)
  await until('it is gone', async () => (await gantry.run('get', name)).err.includes('not found'))
})

it('of the finished deployments those stay that are asked for, and those to go back to', async () => {
  expect((await gantry.apply(`${taskDefinition('web')}---\n${service('web', 1)}`)).code).toBe(0)
  for (const _ of [2, 3]) {
    expect((await gantry.run('rollout', 'status', 'service/web')).code).toBe(0)
    expect((await gantry.run('restart', 'service/web')).code).toBe(0)
  }
  expect((await gantry.run('rollout', 'status', 'service/web')).code).toBe(0)
  const names = async () =>
    (await gantry.json<{ items: readonly ServiceDeployment[] }>('get', 'servicedeployments')).items
      .map(({ metadata }) => metadata.name)
      .sort()
  await until('the oldest went', async () => !(await names()).includes('web-d1'))
  expect(await names()).toEqual(['web-d2', 'web-d3'])
})

it('where the time of a rollout went is told, also when its tasks are gone', async () => {
  const timeline = () => gantry.json<Timeline>('rollout', 'timeline', 'web', '--deployment', '3')
  await until('the tasks that it stopped are gone', async () =>
    (await timeline()).tasks.every(({ part }) => part === 'new'),
  )
  const { status, phases, tasks, longestPhase, slowestTask } = await timeline()
  expect(status).toBe('SUCCESSFUL')
  expect(phases.map(({ phase, tasks: count }) => `${phase} ${count}`)).toEqual(['placed 1', 'started 1', 'drained 1'])
  expect(phases.map(({ phase }) => phase)).toContain(longestPhase?.phase)
  expect(tasks.map(({ task }) => task)).toEqual(['web-3-0-1'])
  expect(slowestTask?.task).toBe('web-3-0-1')
  expect((await gantry.run('rollout', 'timeline', 'service/web')).out).toMatch(
    /^Deployment web-d3 of service web is SUCCESSFUL after .*\n\nTASK .*\nweb-3-0-1 +RUNNING +\+.*\n\nPHASE .*\nplaced /,
  )
  expect((await gantry.run('why', 'deployment', 'web-d3')).out).toMatch(
    /Where the time went:\n {2}PHASE .*\n {2}placed /,
  )
  expect((await gantry.run('rollout', 'timeline', 'web', '--deployment', '99')).err).toContain('has no deployment 99')
})
