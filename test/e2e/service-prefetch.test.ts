/** Stop-first on the real engine: an image that is not there stops nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conditionOf } from '../../api/meta/conditions.ts'
import type { ContainerInstance } from '../../api/v1/container-instance.ts'
import type { Service } from '../../api/v1/service.ts'
import type { Explanation } from '../../cmd/why/explanation.ts'
import { ensureBookstoreImage } from '../../hack/image.ts'
import { until } from '../until.ts'
import { Gantry, service, taskDefinition } from './cli-gantry.ts'

let gantry: Gantry
beforeAll(async () => {
  await ensureBookstoreImage()
  gantry = await Gantry.up()
})
afterAll(() => gantry[Symbol.asyncDispose]())

const stopFirst = (name: string, breaker = ''): string => `${service(name, 2)}  deploymentConfiguration:
    minimumHealthyPercent: 50
    maximumPercent: 100
${breaker}`
const ended = (name: string, status: string) =>
  until(`${name} is ${status}`, async () => (await gantry.deploymentStatus(name)) === status, 90)
const withImage = (text: string, image: string): string => text.replace(/image: \S+/, `image: ${image}`)
const missing = '127.0.0.1:1/nothing:1'
const stalledBy = (name: string) =>
  until(
    'it is stalled',
    async () => {
      const { status } = await gantry.json<Service>('get', 'service', name)
      const condition = conditionOf(status?.conditions, 'Stalled')
      return condition?.status === 'True' && condition
    },
    60,
  )

describe('a missing image, where nothing can start before an old task has stopped', { timeout: 240_000 }, () => {
  it('stalls the service, and what runs stays; the next change goes through', async () => {
    const good = taskDefinition('first')
    await gantry.apply(`${good}---\n${stopFirst('first')}`)
    await ended('first-d1', 'SUCCESSFUL')
    const before = await gantry.runningOf('first')
    expect(before).toHaveLength(2)
    await gantry.apply(withImage(good, missing))
    const stalled = await stalledBy('first')
    expect(stalled).toMatchObject({
      reason: 'CannotPullContainerError',
      message: expect.stringContaining(`cannot pull ${missing}: CannotPullContainerError: `),
    })
    const rollout = await gantry.run('rollout', 'status', 'first')
    expect(rollout.code).toBe(1)
    expect(rollout.err).toContain('No task was stopped for it')
    expect((await gantry.run('why', 'service', 'first')).out).toContain('Correct the image in the task definition')
    expect(await gantry.runningOf('first')).toEqual(before)
    await gantry.apply(good.replace('memory: 16', 'memory: 17'))
    await ended('first-d3', 'SUCCESSFUL')
    expect(await gantry.runningOf('first')).not.toEqual(expect.arrayContaining([before[0]]))
    const asked = async () =>
      (await gantry.json<ContainerInstance>('get', 'containerinstance', gantry.instance)).status?.prefetch
    await until('nothing is pulled ahead any more', async () => (await asked()) === undefined)
  })

  it('stalls a DAEMON as well, and what runs stays', async () => {
    const good = taskDefinition('daemon')
    await gantry.apply(`${good}---\n${service('daemon', 1).replace('desiredCount: 1', 'schedulingStrategy: DAEMON')}`)
    await ended('daemon-d1', 'SUCCESSFUL')
    const before = await gantry.runningOf('daemon')
    expect(before).toHaveLength(1)
    await gantry.apply(withImage(good, missing))
    expect(await stalledBy('daemon')).toMatchObject({ reason: 'CannotPullContainerError' })
    expect(await gantry.runningOf('daemon')).toEqual(before)
    await gantry.apply(good.replace('memory: 16', 'memory: 17'))
    await ended('daemon-d3', 'SUCCESSFUL')
  })

  it('trips the circuit breaker, and what runs stays', async () => {
    const good = taskDefinition('second')
    const breaker = '    deploymentCircuitBreaker: {enable: true, rollback: true}\n    minReadySeconds: 1\n'
    await gantry.apply(`${good}---\n${stopFirst('second', breaker)}`)
    await ended('second-d1', 'SUCCESSFUL')
    const before = await gantry.runningOf('second')
    await gantry.apply(withImage(good, missing))
    await ended('second-d2', 'ROLLBACK_SUCCESSFUL')
    expect(await gantry.runningOf('second')).toEqual(before)
    const explained = await gantry.json<Explanation>('why', 'deployment', 'second-d2')
    expect(explained.causes[0]?.because?.[0]).toMatchObject({
      reason: 'CircuitBreakerTriggered',
      because: [{ reason: 'CannotPullContainerError', message: expect.stringContaining('No task was stopped for it') }],
    })
  })
})
