/** A hand on the rollout, on the real engine: held, ended where it is, sent back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Service } from '../../api/v1/service.ts'
import type { Explanation } from '../../cmd/why/explanation.ts'
import { callEngine } from '../../hack/engine-api.ts'
import { ensureBookstoreImage } from '../../hack/image.ts'
import { until } from '../until.ts'
import { Gantry, service, taskDefinition } from './cli-gantry.ts'

let gantry: Gantry
beforeAll(async () => {
  await ensureBookstoreImage()
  gantry = await Gantry.up()
})
afterAll(() => gantry[Symbol.asyncDispose]())

const reached = (name: string, status: string): Promise<unknown> =>
  until(`${name} is ${status}`, async () => (await gantry.deploymentStatus(name)) === status, 120)
const counts = async (name: string): Promise<readonly number[]> =>
  Promise.all([1, 2, 3].map(async (n) => (await gantry.runningOf(`${name}-${n}`)).length))
const stands = (name: string, want: readonly number[]): Promise<unknown> =>
  until(`${name} stands at ${want}`, async () => (await counts(name)).join() === want.join(), 60)

/** Its tasks run and never get healthy: a rollout to it stands where the minimum leaves it. */
const neverHealthy = `      healthCheck:
        command: ["CMD-SHELL", "exit 1"]
        interval: 5
        retries: 10
        startPeriod: 300
`
const percents = `  deploymentConfiguration:
    minimumHealthyPercent: 75
    maximumPercent: 100
`

describe('a rollout under way', () => {
  it('is paused, resumed, aborted, and sent back', { timeout: 300_000 }, async () => {
    const text = `${service('web', 4)}${percents}`
    expect((await gantry.apply(`${taskDefinition('web')}---\n${text}`)).code).toBe(0)
    await reached('web-d1', 'SUCCESSFUL')
    expect((await gantry.apply(taskDefinition('web', neverHealthy))).code).toBe(0)
    await stands('web', [3, 1, 0])
    const [old, young] = [await gantry.runningOf('web-1'), await gantry.runningOf('web-2')]

    expect(await gantry.run('rollout', 'pause', 'web')).toMatchObject({
      code: 0,
      out: 'service.gantry.dev/web paused\n',
    })
    expect((await gantry.run('rollout', 'pause', 'web')).err).toBe('error: service web is already paused\n')
    await until('the pause is heeded', async () =>
      (await gantry.run('why', 'service', 'web')).out.includes('is paused'),
    )
    expect(await gantry.run('rollout', 'status', 'web', '--no-watch')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Service web is paused\. .* gantry rollout resume web\n$/),
    })
    expect((await gantry.apply(text.replace('desiredCount: 4', 'desiredCount: 5'))).code).toBe(0)
    await stands('web', [4, 1, 0])
    expect(await gantry.runningOf('web-1')).toEqual(expect.arrayContaining([...old]))
    expect(await gantry.runningOf('web-2')).toEqual(young)
    expect((await gantry.apply(text)).code).toBe(0)
    await stands('web', [3, 1, 0])
    expect((await gantry.run('rollout', 'resume', 'web')).out).toBe('service.gantry.dev/web resumed\n')

    expect(await gantry.run('rollout', 'abort', 'web')).toMatchObject({
      code: 0,
      out: 'servicedeployment.gantry.dev/web-d2 abort requested\n',
    })
    const aborted = await gantry.run('rollout', 'status', 'web')
    expect(aborted.code).toBe(1)
    expect(aborted.err).toContain('Deployment web-d2 of web:2 was stopped. StopServiceDeployment: aborted')
    expect((await gantry.run('rollout', 'rollback', 'web')).err).toContain('nothing is in progress')
    const why = await gantry.json<Explanation>('why', 'deployment', 'web-d2')
    expect(why.causes[0]).toMatchObject({ reason: 'Aborted', because: [{ reason: 'StopRequested' }] })
    // what dies comes again as it was
    const before = await gantry.runningOf('web-1')
    await callEngine({ method: 'POST', path: `/containers/${before[0]}/kill` })
    await until('it is replaced', async () => {
      const now = await gantry.runningOf('web-1')
      return now.length === 3 && !now.includes(before[0] ?? '')
    })
    await stands('web', [3, 1, 0])
    expect(await gantry.runningOf('web-2')).toEqual(young)

    expect((await gantry.run('restart', 'web')).code).toBe(0)
    await until('a third revision starts', async () => (await gantry.runningOf('web-3')).length > 0, 60)
    const kept = await gantry.runningOf('web-1')
    expect((await gantry.run('rollout', 'rollback', 'web')).out).toBe(
      'servicedeployment.gantry.dev/web-d3 rollback requested\n',
    )
    const back = await gantry.run('rollout', 'status', 'web')
    expect(back.code).toBe(1)
    expect(back.err).toContain('Deployment web-d3 of web:2 was rolled back to web-1 by request.')
    await stands('web', [4, 0, 0])
    expect(await gantry.runningOf('web-1')).toEqual(expect.arrayContaining([...kept]))
    expect(await gantry.deploymentStatus('web-d3')).toBe('ROLLBACK_SUCCESSFUL')
  })
})

describe('a canary', () => {
  it('stands beside the old tasks until it is promoted', { timeout: 300_000 }, async () => {
    const text = `${service('shop', 4)}  deploymentConfiguration:
    strategy: CANARY
    canaryConfiguration: {canaryPercent: 25, canaryBakeTimeInMinutes: 60}
    bakeTimeInMinutes: 60
`
    const first = text.replace('bakeTimeInMinutes: 60\n', 'bakeTimeInMinutes: 0\n')
    expect((await gantry.apply(`${taskDefinition('shop')}---\n${first}`)).code).toBe(0)
    await reached('shop-d1', 'SUCCESSFUL')
    const before = await gantry.runningOf('shop-1')
    expect((await gantry.apply(`${taskDefinition('shop').replace('memory: 16', 'memory: 17')}---\n${text}`)).code).toBe(
      0,
    )
    await stands('shop', [3, 1, 0])
    expect(before).toEqual(expect.arrayContaining([...(await gantry.runningOf('shop-1'))]))
    await until('it waits', async () =>
      (await gantry.run('rollout', 'status', 'shop', '--no-watch')).out.includes('It waits at 25 % of the tasks until'),
    )
    const young = await gantry.runningOf('shop-2')
    expect(await gantry.run('rollout', 'promote', 'shop')).toMatchObject({
      code: 0,
      out: 'servicedeployment.gantry.dev/shop-d2 promoted\n',
    })
    await stands('shop', [0, 4, 0])
    expect(await gantry.runningOf('shop-2')).toEqual(expect.arrayContaining([...young]))
    await until('it bakes', async () =>
      (await gantry.run('why', 'deployment', 'shop-d2')).out.includes('It waits in BAKE_TIME until'),
    )
    expect((await gantry.run('rollout', 'promote', 'shop')).code).toBe(0)
    expect(await gantry.run('rollout', 'status', 'shop')).toMatchObject({ code: 0, err: '' })
    expect((await gantry.run('rollout', 'promote', 'shop')).err).toContain('nothing is in progress')
  })
})

describe('a task before a rollout', () => {
  it('decides whether the rollout begins, and its output can be read', { timeout: 300_000 }, async () => {
    const migration = (code: number): string => `${service('books', 2)}  deploymentConfiguration:
    lifecycleHooks:
      - targetType: TASK
        lifecycleStages: [PRE_SCALE_UP]
        hookDetails:
          taskDefinition: migrate
          overrides:
            containerOverrides:
              - {name: main, command: ["sh", "-c", "echo tables moved; exit ${code}"]}
`
    const definitions = `${taskDefinition('migrate')}---\n${taskDefinition('books')}`
    expect((await gantry.apply(`${definitions}---\n${migration(0)}`)).code).toBe(0)
    await reached('books-d1', 'SUCCESSFUL')
    const before = await gantry.runningOf('books-1')
    expect(before).toHaveLength(2)
    expect((await gantry.run('logs', 'books-d1-pre-scale-up-0-1')).out).toContain('tables moved')

    const change = taskDefinition('books').replace('memory: 16', 'memory: 17')
    // definitions are applied first: a rollout may begin with the hooks that the service had
    expect((await gantry.apply(migration(3))).code).toBe(0)
    await until('the hook is seen', async () => {
      const { metadata, status } = await gantry.json<Service>('get', 'service', 'books')
      return status?.observedGeneration === metadata.generation
    })
    expect((await gantry.apply(change)).code).toBe(0)
    const failed = await gantry.run('rollout', 'status', 'books')
    expect(failed.code).toBe(1)
    expect(failed.err).toContain('failed and was rolled back to books-1. Last: task books-d2-pre-scale-up-0-1')
    expect(await gantry.runningOf('books-1')).toEqual(before)
    expect(await gantry.runningOf('books-2')).toEqual([])
    const why = (await gantry.run('why', 'deployment', 'books-d2')).out
    expect(why).toContain('exit code 3')
    expect(why).toContain('gantry logs books-d2-pre-scale-up-0-1')
    expect((await gantry.run('logs', 'books-d2-pre-scale-up-0-1')).out).toContain('tables moved')
  })
})
