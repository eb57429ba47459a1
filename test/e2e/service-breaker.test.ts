/** Revisions that do not work, on the real engine: the breaker trips, what worked comes back, and the old containers never notice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
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

const desired = 3
const watched = (name: string): string => `${service(name, desired)}  deploymentConfiguration:
    minReadySeconds: 8
    deploymentCircuitBreaker:
      enable: true
      rollback: true
`
const deployment = (name: string): Promise<ServiceDeployment> =>
  gantry.json<ServiceDeployment>('get', 'servicedeployment', name)
/** A deployment ends when no old task is asked for: like ECS, it does not wait for containers that take their time to stop. */
const gone = (revision: string): Promise<unknown> =>
  until(`no container of ${revision} runs`, async () => (await gantry.runningOf(revision)).length === 0, 60)
const reasons = (causes: Explanation['causes']): readonly string[] =>
  causes.flatMap(({ reason, because = [] }) => [reason, ...reasons(because)])

describe('the circuit breaker', () => {
  it.each([
    {
      name: 'no-image',
      when: 'whose image is missing',
      change: (text: string) => text.replace(/image: \S+/, 'image: 127.0.0.1:1/nothing:1'),
      root: 'CannotPullContainerError',
    },
    {
      name: 'crashes',
      when: 'whose container ends five seconds after it started',
      change: (text: string) => text.replace(/command: .*/, 'command: ["/bin/sh", "-c", "sleep 5; exit 3"]'),
      root: 'ExitedWithFailure',
    },
  ])('rolls back a revision $when', { timeout: 240_000 }, async ({ name, change, root }) => {
    const good = taskDefinition(name)
    expect((await gantry.apply(`${good}---\n${watched(name)}`)).code).toBe(0)
    await until(
      'the first deployment is through',
      async () => (await gantry.deploymentStatus(`${name}-d1`)) === 'SUCCESSFUL',
      60,
    )
    const before = await gantry.runningOf(`${name}-1`)
    expect(before).toHaveLength(desired)

    expect(change(good)).not.toBe(good)
    expect((await gantry.apply(change(good))).code).toBe(0)
    await until(
      'it is rolled back',
      async () => (await gantry.deploymentStatus(`${name}-d2`)) === 'ROLLBACK_SUCCESSFUL',
      120,
    )
    const { status } = await deployment(`${name}-d2`)
    expect(status).toMatchObject({
      rollback: { serviceRevision: `${name}-1`, serviceDeployment: `${name}-d1` },
      deploymentCircuitBreaker: { status: 'TRIGGERED', threshold: desired },
    })
    expect(await gantry.runningOf(`${name}-1`)).toEqual(before)
    await gone(`${name}-2`)

    const ofDeployment = await gantry.json<Explanation>('why', 'deployment', `${name}-d2`)
    expect(reasons(ofDeployment.causes)).toEqual(['RolledBack', 'CircuitBreakerTriggered', root])
    expect(ofDeployment.causes[0]?.because?.[0]?.message).toMatch(/^\d+ of its tasks failed, 3 are too many$/)
    const ofService = await gantry.json<Explanation>('why', 'service', name)
    expect(ofService.summary).toBe(`Service ${name} was rolled back: 3 of 3 tasks run.`)
    expect(reasons(ofService.causes)).toEqual(['DeploymentRolledBack', 'RolledBack', 'CircuitBreakerTriggered', root])
    expect((await gantry.run('why', 'service', name)).out).toContain(`gantry restart ${name}`)
    expect((await gantry.run('describe', 'service', name)).out).toContain('rolling back to deployment ecs-svc/')

    // and how a person goes on from there
    const waited = await gantry.run('rollout', 'status', name)
    expect(waited.code).toBe(1)
    expect(waited.err).toContain(`Deployment ${name}-d2 of ${name}:2 failed and was rolled back to ${name}-1.`)
    expect((await gantry.run('rollout', 'history', name)).out).toMatch(
      new RegExp(`${name}-d1 +${name}:1 +SUCCESSFUL .*\\n${name}-d2 +${name}:2 +ROLLBACK_SUCCESSFUL `),
    )
    expect((await gantry.run('rollout', 'undo', name)).out).toBe(`service.gantry.dev/${name} pinned to ${name}:1\n`)
    expect(await gantry.run('rollout', 'status', `service/${name}`)).toMatchObject({
      code: 0,
      out: expect.stringMatching(new RegExp(`Deployment ${name}-d3 of ${name}:1 completed\\.\\n$`)),
    })
    expect(await gantry.runningOf(`${name}-1`)).toEqual(before)

    expect((await gantry.run('restart', name)).out).toBe(`service.gantry.dev/${name} restarted\n`)
    const early = await gantry.run('rollout', 'status', name, '--timeout', '2s')
    expect(early).toMatchObject({ code: 1, err: `error: the rollout of service ${name} has not ended in time\n` })
    const through = await gantry.run('rollout', 'status', name)
    expect(through).toMatchObject({ code: 0, err: '' })
    expect(through.out.split('\n').at(-2)).toBe(`Deployment ${name}-d4 of ${name}:1 completed.`)
    await gone(`${name}-1`)
    expect(await gantry.runningOf(`${name}-3`)).toHaveLength(desired)
  })
})
