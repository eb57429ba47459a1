/** A hand on the rollout, on the real engine: held, ended where it is, sent back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
  it('comes with the change that it is for, waits for a person, and goes in steps', { timeout: 300_000 }, async () => {
    expect(
      (await gantry.apply(`${taskDefinition('migrate')}---\n${taskDefinition('paused')}---\n${service('paused', 2)}`))
        .code,
    ).toBe(0)
    await reached('paused-d1', 'SUCCESSFUL')
    const before = await gantry.runningOf('paused-1')
    const change = taskDefinition('paused').replace('memory: 16', 'memory: 17')
    const steps = `${service('paused', 2)}  deploymentConfiguration:
    strategy: LINEAR
    linearConfiguration: {stepPercent: 50, stepBakeTimeInMinutes: 60}
    lifecycleHooks:
      - {targetType: PAUSE, lifecycleStages: [PRE_SCALE_UP]}
      - {targetType: TASK, lifecycleStages: [POST_SCALE_UP], hookDetails: {taskDefinition: migrate}, timeoutConfiguration: {timeoutInMinutes: 1}}
`
    expect((await gantry.apply(`${change}---\n${steps}`)).code).toBe(0)
    await until('it waits for a person', async () =>
      (await gantry.run('rollout', 'status', 'paused', '--no-watch')).out.includes('gantry rollout continue paused'),
    )
    expect(await gantry.runningOf('paused')).toEqual(before)
    expect(await gantry.run('rollout', 'continue', 'paused')).toMatchObject({ code: 0, err: '' })
    await stands('paused', [1, 1, 0])
    await until('it waits', async () =>
      (await gantry.run('rollout', 'status', 'paused', '--no-watch')).out.includes(
        'It waits at 50 % of the tasks until',
      ),
    )
    expect((await gantry.run('rollout', 'continue', 'paused')).err).toContain('no hook waits for a person')
    expect((await gantry.run('rollout', 'promote', 'paused')).code).toBe(0)
    await stands('paused', [0, 2, 0])
    // this task never ends by itself
    const failed = await gantry.run('rollout', 'status', 'paused')
    expect(failed.code).toBe(1)
    expect(failed.err).toContain(
      'rolled back to paused-1. Last: task paused-d2-post-scale-up-1-1: it did not end in time',
    )
    await stands('paused', [2, 0, 0])
    const why = (await gantry.run('why', 'deployment', 'paused-d2')).out
    expect(why).toContain('timeoutConfiguration.timeoutInMinutes')
    await until('its task is gone', async () => (await gantry.runningOf('paused-d2')).length === 0, 60)
  })

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
    expect((await gantry.apply(`${change}---\n${migration(3)}`)).out).toBe(
      'service.gantry.dev/books configured\ntaskdefinition.gantry.dev/books configured\n',
    )
    await until('it begins', async () => (await gantry.deploymentStatus('books-d2')) !== 'none')
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
