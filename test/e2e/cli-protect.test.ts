/** `gantry protect` on a real engine: a service that is scaled in keeps what is protected, and says so, until it is no more. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Service } from '../../api/v1/service.ts'
import type { Task } from '../../api/v1/task.ts'
import type { Explanation } from '../../cmd/why/explanation.ts'
import { ensureBookstoreImage } from '../../hack/image.ts'
import { until } from '../until.ts'
import { Gantry, service, taskDefinition } from './cli-gantry.ts'

let gantry: Gantry
beforeAll(async () => {
  await ensureBookstoreImage()
  gantry = await Gantry.up()
}, 120_000)
afterAll(() => gantry[Symbol.asyncDispose]())

const running = async (): Promise<readonly string[]> => {
  const { items } = await gantry.json<{ items: readonly Task[] }>('get', 'tasks')
  return items.filter(({ status }) => status?.lastStatus === 'RUNNING').map(({ metadata }) => metadata.name)
}
const ready = async () =>
  (await gantry.json<Service>('get', 'service', 'kept')).status?.conditions?.find(({ type }) => type === 'Ready')

it('keeps a task from scale-in until it is protected no more', async () => {
  expect((await gantry.apply(`${taskDefinition('kept')}---\n${service('kept', 2)}`)).code).toBe(0)
  await until('two tasks run', async () => (await running()).length === 2)
  const [name = ''] = await running()
  expect((await gantry.run('protect', name, '--for', '50h')).err).toContain('Allowed: 1m to 48h.')
  expect((await gantry.run('protect', name, '--for', '10m')).out).toMatch(
    `task.gantry.dev/${name} is protected until 2`,
  )

  expect((await gantry.run('why', 'task', name)).out).toMatch(
    /^Task kept-1-\d+-1 .*\. It is protected until 2\S+: scale-in, deployments, drains and rebalancing leave it alone \(/,
  )

  expect((await gantry.apply(service('kept', 0))).code).toBe(0)
  await until('the service says what keeps it', async () => (await ready())?.reason === 'TasksProtected')
  await until('the other one is gone', async () => (await running()).length === 1)
  expect(await running()).toEqual([name])
  const why = await gantry.json<Explanation>('why', 'service', 'kept')
  expect(why.causes[0]?.message).toMatch(`1 tasks under protection: ${name} until `)
  expect(why.advice).toEqual([`Wait until the protection ends, or end it: gantry protect ${name} --off`])

  expect((await gantry.run('protect', name, '--off')).out).toBe(`task.gantry.dev/${name} is not protected\n`)
  await until('it is gone too', async () => (await running()).length === 0)
  await until('the service is as it should be', async () => (await ready())?.status === 'True')
})

it('protects tasks of services only', async () => {
  const [name = ''] = (await gantry.run('run', 'kept', '-o', 'name')).out.trim().split('\n')
  const refused = await gantry.run('protect', name)
  expect(refused.code).toBe(1)
  expect(refused.err).toContain('only tasks of a service can be protected (TASK_NOT_VALID)')
})
