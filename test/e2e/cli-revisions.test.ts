/** The life of a revision as ECS's users know it: deregistered, still used, deleted, and its number never given again. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Service } from '../../api/v1/service.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { ensureBookstoreImage } from '../../hack/image.ts'
import { until } from '../until.ts'
import { Gantry, service, taskDefinition } from './cli-gantry.ts'

const nightly = (definition: string): string => `apiVersion: gantry.dev/v1
kind: ScheduledTask
metadata:
  name: nightly
spec:
  schedule: cron(0 3 * * ? *)
  taskTemplate:
    taskDefinition: ${definition}
`

let gantry: Gantry
beforeAll(async () => {
  await ensureBookstoreImage()
  gantry = await Gantry.up()
})
afterAll(() => gantry[Symbol.asyncDispose]())

const running = async (name: string) => (await gantry.json<Service>('get', 'service', name)).status?.runningCount
const statusOf = async (reference: string) =>
  (await gantry.json<TaskDefinitionRevision>('get', 'tdr', reference)).status?.status

it('a revision is deregistered and deleted while a service runs it', { timeout: 600_000 }, async () => {
  await gantry.apply(`${taskDefinition('life')}---\n${service('life', 1, 'life:1')}`)
  await until('it runs', async () => (await running('life')) === 1)

  const { out, code } = await gantry.run('deregister', 'life:1')
  expect([out, code]).toEqual(['taskdefinitionrevision.gantry.dev/life.1 deregistered\n', 0])
  await until('it is INACTIVE', async () => (await statusOf('life:1')) === 'INACTIVE')
  for (const refused of [
    await gantry.apply(service('other', 1, 'life:1')),
    await gantry.apply(nightly('life:1')),
    await gantry.run('run', 'life:1'),
    await gantry.run('run', 'life:1', '--', 'true'),
    await gantry.run('run', 'life'),
  ]) {
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('TaskDefinition is inactive: revision life.1 is INACTIVE, must be ACTIVE')
  }
  await gantry.apply(service('life', 2, 'life:1'))
  await until('it scales', async () => (await running('life')) === 2)

  const waits = await gantry.run('delete', 'tdr', 'life:1', '--timeout', '8s')
  expect(waits.code).toBe(1)
  expect(waits.err).toContain('Its deletion waits for service default/life.')
  expect(waits.err).toContain('still there after 8 s')
  expect(await statusOf('life:1')).toBe('DELETE_IN_PROGRESS')

  await gantry.run('delete', 'service', 'life')
  await until('it is gone', async () => (await gantry.run('get', 'tdr', 'life:1')).code !== 0)
  const { out: left } = await gantry.run('get', 'tdr', '-o', 'name')
  expect(left).toBe('taskdefinitionrevision.gantry.dev/life.2\n')
})

it.each([
  { words: ['life'], says: 'which revision of life? Write life:N' },
  { words: ['life:9'], says: 'there is no task definition life:9' },
])('deregister $words: $says', async ({ words, says }) => {
  const { code, err } = await gantry.run('deregister', ...words)
  expect(code).toBe(1)
  expect(err).toContain(says)
})
