/** The line between a simulated process and the API: each fault does what it says, and the dead do nothing. */
import { describe, expect, it } from 'vitest'
import { Service } from '../api/v1/service.ts'
import { isFault } from '../lib/errors.ts'
import { seededRandom } from '../lib/random.ts'
import { seconds } from '../lib/time.ts'
import { aService } from './builders/kinds.ts'
import { openClient } from './builders/test-client.ts'
import { Conditions } from './simulation/conditions.ts'
import { processClient } from './simulation/process-client.ts'

const signal = new AbortController().signal
const web = { namespace: 'default', name: 'web' }

async function aLine() {
  const inner = await openClient([aService({ spec: { desiredCount: 0 } })])
  const life = new AbortController()
  const conditions = new Conditions()
  const deaths: string[] = []
  const client = processClient(inner, {
    actor: 'test#1',
    clock: inner.clock,
    random: seededRandom(1),
    conditions,
    life: life.signal,
    die(why) {
      deaths.push(why)
      life.abort(new Error('dead'))
    },
  })
  /** Scales the service; says how it went once `after` has passed. */
  const scale = async (desiredCount: number, after = seconds(1)): Promise<string> => {
    let outcome = 'hangs'
    client.patch(Service, web, { type: 'merge', body: { spec: { desiredCount } } }, signal).then(
      () => (outcome = 'done'),
      (error: unknown) => (outcome = isFault(error) ? error.code : 'dead'),
    )
    await inner.clock.advance(after)
    return outcome
  }
  const desired = (): number | undefined => inner.all(Service)[0]?.spec.desiredCount
  return { inner, client, conditions, life, deaths, scale, desired }
}

describe('processClient', () => {
  it('passes requests on', async () => {
    const { scale, desired } = await aLine()
    expect([await scale(1), desired()]).toEqual(['done', 1])
  })

  it.each([
    { when: 'before' as const, applied: 1 },
    { when: 'after' as const, applied: 2 },
  ])('dies $when the write it was told to, and is dead from then on', async ({ when, applied }) => {
    const { scale, desired, conditions, deaths } = await aLine()
    conditions.crash = { writes: 1, when }
    expect(await scale(1)).toBe('done')
    expect([await scale(2), desired()]).toEqual(['dead', applied])
    expect(deaths).toEqual([`${when} a write`])
    expect([await scale(3), desired()]).toEqual(['dead', applied])
  })

  it('refuses, loses answers and delays writes', async () => {
    const { scale, desired, conditions } = await aLine()
    conditions.flaky = { refuse: 1, lose: 0, late: 0 }
    expect(['Conflict', 'Unavailable']).toContain(await scale(1))
    expect(desired()).toBe(0)
    conditions.flaky = { refuse: 0, lose: 1, late: 0 }
    expect([await scale(2), desired()]).toEqual(['Timeout', 2])
    conditions.flaky = { refuse: 0, lose: 0, late: 1 }
    expect(await scale(3, seconds(0.05))).toBe('Timeout')
    await scale(3, seconds(3))
    expect(desired()).toBe(3)
  })

  it('cuts off with errors, or hangs until it is over', async () => {
    const { scale, desired, conditions, inner } = await aLine()
    conditions.cutOff = 'errors'
    expect(await scale(1)).toBe('Unavailable')
    conditions.cutOff = 'hangs'
    expect([await scale(2), desired()]).toEqual(['hangs', 0])
    conditions.heal()
    await inner.clock.advance(seconds(1))
    expect(desired()).toBe(2)
  })

  it('a stale watch delivers nothing until it thaws; nothing is lost', async () => {
    const { inner, client, conditions, life } = await aLine()
    const seen: (number | undefined)[] = []
    const following = (async () => {
      for await (const event of client.watch(Service, { resourceVersion: inner.resourceVersion }, signal))
        if (event.type !== 'BOOKMARK') seen.push(event.object.spec.desiredCount)
    })()
    following.catch(() => undefined)
    await inner.clock.advance(seconds(1))
    conditions.freeze('Service')
    await inner.put(aService({ spec: { desiredCount: 7 } }))
    await inner.put(aService({ spec: { desiredCount: 8 } }))
    await inner.clock.advance(seconds(60))
    expect(seen).toEqual([])
    conditions.thaw('Service')
    await inner.clock.advance(seconds(1))
    expect(seen).toEqual([7, 8])
    life.abort(new Error('dead'))
    await expect(following).rejects.toThrow('dead')
  })
})
