import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

const reasons = (causes: Explanation['causes']): readonly string[] =>
  causes.flatMap(({ reason, because = [] }) => [reason, ...reasons(because)])
/** What `gantry why` says of the service once it names `reason`. */
const why = async (name: string, reason: string): Promise<Explanation> => {
  let explained: Explanation | undefined
  await until(`why service ${name} says ${reason}`, async () => {
    explained = await gantry.json<Explanation>('why', 'service', name)
    return reasons(explained.causes).includes(reason)
  })
  return explained as Explanation
}

describe('gantry why', () => {
  it.each([
    {
      name: 'no-image',
      change: (text: string) => text.replace(/image: \S+/, 'image: 127.0.0.1:1/nothing:1'),
      reason: 'CannotPullContainerError',
      advice: /image name and tag/,
    },
    {
      name: 'crashes',
      change: (text: string) => text.replace(/command: .*/, 'command: ["/bin/sh", "-c", "exit 3"]'),
      reason: 'ExitedWithFailure',
      advice: /gantry logs crashes-1-0-/,
    },
    {
      name: 'too-big',
      change: (text: string) => text.replace(/memory: \d+/, 'memory: 9000000'),
      reason: 'InsufficientMemory',
      advice: /Lower memory/,
    },
  ])('finds $reason below a service that makes no progress', async ({ name, change, reason, advice }) => {
    const definition = change(taskDefinition(name))
    expect(definition).not.toBe(taskDefinition(name))
    expect((await gantry.apply(`${definition}---\n${service(name, 1)}`)).code).toBe(0)
    const explained = await why(name, reason)
    expect(explained.advice.join('\n')).toMatch(advice)
    const { out, code } = await gantry.run('why', `service/${name}`)
    expect(code).toBe(0)
    if (reason === 'InsufficientMemory')
      expect(out).toMatch(/; it needs 9000000 MiB of memory, and the most that is free on one of those is \d+ MiB \(/)
    expect(out).toMatch(new RegExp(`^Service ${name} .*\\n  service/${name}: .*\\n    task/${name}-1-0-`))
    expect((await gantry.run('delete', 'service', name)).code).toBe(0)
  })

  it('has nothing to explain of what is as it should be, and refuses what it cannot explain', async () => {
    expect((await gantry.apply(`${taskDefinition('fine')}---\n${service('fine', 1)}`)).code).toBe(0)
    await until('it is fine', async () => (await gantry.json<Explanation>('why', 'service', 'fine')).state === 'Ready')
    expect((await gantry.run('why', 'service', 'fine')).out).toMatch(
      /^Service fine is in a steady state: 1 of 1 tasks run\.\nWhat to do: No essential container has a health check: .*\n$/,
    )
    const deployment = await gantry.json<Explanation>('why', 'servicedeployment', 'fine-d1')
    expect(deployment).toMatchObject({ state: 'SUCCESSFUL', causes: [] })
    expect(await gantry.run('why', 'cluster', 'default')).toMatchObject({
      code: 1,
      err: 'error: why explains tasks, services, servicedeployments and scheduledtasks, not clusters\n',
    })
    expect((await gantry.run('why', 'task', 'nobody')).err).toMatch(/NotFound|not found/)
  })
})
