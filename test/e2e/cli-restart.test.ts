import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Service } from '../../api/v1/service.ts'
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

interface Inspected {
  readonly State: { readonly Running: boolean; readonly StartedAt: string; readonly Pid: number }
  readonly RestartCount: number
}

/** Running containers as the engine knows them. For a moment after an end it still lists them: inspecting shows the truth. */
const running = async () => {
  const listed = (await gantry.containers()).filter(({ State }) => State === 'running')
  const inspected = await Promise.all(
    listed.map(async (container) => {
      const { status, body } = await callEngine({ method: 'GET', path: `/containers/${container.Id}/json` })
      return status === 200 ? { ...container, ...(JSON.parse(body) as Inspected) } : undefined
    }),
  )
  return inspected.flatMap((container) => (container?.State.Running === true ? [container] : []))
}
const idsOf = (containers: readonly { readonly Id: string }[]) => containers.map(({ Id }) => Id).sort()
const steady = (name: string, count: number) =>
  until(`${name} is steady with ${count}`, async () => {
    const { spec, status } = await gantry.json<Service>('get', 'service', name)
    return (
      spec.desiredCount === count &&
      status?.runningCount === count &&
      status.rolloutState === 'COMPLETED' &&
      (await running()).length === count
    )
  })
/** Every container as the engine started it: a restart would change it. */
const startsOf = async () =>
  (await running())
    .map(({ Id, State, RestartCount }) => ({ id: Id, started: State.StartedAt, pid: State.Pid, RestartCount }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))

describe('a control plane that goes and comes back', () => {
  it('leaves containers alone on SIGTERM, and finds them again', async () => {
    await gantry.apply(`${taskDefinition('keep')}---\n${service('keep', 3)}`)
    await steady('keep', 3)
    const before = await startsOf()
    expect(await gantry.kill('SIGTERM')).toBe(0)
    expect(await startsOf()).toEqual(before)
    await gantry.start()
    await steady('keep', 3)
    expect(await startsOf()).toEqual(before)
  })

  it('replaces what died while it was away, and only that', async () => {
    const before = idsOf(await running())
    await gantry.kill('SIGKILL')
    await callEngine({ method: 'POST', path: `/containers/${before[0]}/kill` })
    await gantry.start()
    await until('three run again', async () => (await running()).length === 3)
    await steady('keep', 3)
    const after = idsOf(await running())
    expect(after.filter((id) => before.includes(id))).toEqual(before.slice(1))
  })

  // In a burst of starts, at several moments of it: between any two writes and engine calls.
  it.each([50, 150, 300, 600, 1000])(
    'neither loses nor doubles a container when killed %d ms into a change',
    async (delay) => {
      await gantry.apply(service('keep', 0))
      await steady('keep', 0)
      await gantry.apply(service('keep', 6))
      await new Promise((resolve) => setTimeout(resolve, delay))
      await gantry.kill('SIGKILL')
      const started = await startsOf()
      await gantry.start()
      await steady('keep', 6)
      const end = await startsOf()
      // Whatever ran when it was killed still runs, untouched, and no more than was asked for came beside it.
      expect(end).toEqual(expect.arrayContaining(started))
      expect(end).toHaveLength(6)
      const names = (await running()).map(({ Labels }) => Labels['gantry.dev/task'])
      expect(new Set(names).size).toBe(6)
    },
  )

  it('can be forced with a second signal', async () => {
    const [first, second] = [gantry.kill('SIGTERM'), gantry.kill('SIGTERM')]
    expect([0, 143]).toContain(await first)
    await second
    expect(await running()).toHaveLength(6)
    await gantry.start()
    await gantry.run('delete', 'service', 'keep')
    // Those of tasks that had stopped earlier are collected as garbage.
    await until('all containers are gone', async () => (await gantry.containers()).length === 0)
  })
})
