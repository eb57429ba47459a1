/** One leads; another follows soon after a kill, at once after a release, and never while the first may still act. */
import { afterEach, describe, expect, it } from 'vitest'
import { Lease } from '../../api/v1/core.ts'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { hours, millis, plus, seconds } from '../../lib/time.ts'
import { calm } from '../../test/builders/run-controller.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { electLeader, type Leadership } from './leader.ts'

const all: AbortController[] = []
afterEach(() => {
  for (const one of all.splice(0)) one.abort()
})

interface Candidate {
  leads(): boolean
  leadership: Leadership | undefined
  /** Graceful end. */
  stop(): void
  /** kill -9: not another request. */
  kill(): void
  readonly ended: Promise<void>
}

/** A candidate whose requests can be cut and whose clock may be wrong. */
function aCandidate(client: TestClient, identity: string, seed = 1, clock: Clock = client.clock): Candidate {
  const stop = new AbortController()
  all.push(stop)
  let dead = false
  const dying = new Proxy(client, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => (dead ? new Promise(() => undefined) : member.apply(target, args))
    },
  })
  const candidate = {
    leadership: undefined as Leadership | undefined,
    leads: () => candidate.leadership !== undefined && !candidate.leadership.signal.aborted,
    stop: () => stop.abort(new Error('stopped')),
    kill() {
      dead = true
      stop.abort(new Error('killed'))
    },
    ended: electLeader(
      {
        client: dying,
        clock,
        random: seededRandom(seed),
        log: silentLogger,
        identity,
        namespace: 'gantry-system',
        name: 'controllers',
      },
      async (leadership) => {
        candidate.leadership = leadership
        if (leadership.signal.aborted) return
        await new Promise<void>((resolve) => leadership.signal.addEventListener('abort', () => resolve()))
      },
      stop.signal,
    ),
  }
  candidate.ended.catch(() => undefined)
  return candidate
}

const lease = (client: TestClient): Lease | undefined => client.all(Lease)[0]

describe('electLeader', () => {
  it('one of many leads, and keeps leading', async () => {
    const client = await openClient()
    const many = [1, 2, 3].map((n) => aCandidate(client, `c${n}`, n))
    for (let n = 0; n < 60; n += 1) {
      await client.clock.advance(seconds(1))
      expect(many.filter((one) => one.leads())).toHaveLength(1)
    }
    expect(lease(client)?.spec.leaseTransitions).toBe(0)
  })

  it.each([0, 0.7, 1.4, 2.1, 2.9])(
    'takes over within 15 s when the leader is killed %s s after a renewal',
    async (offset) => {
      const client = await openClient()
      const one = aCandidate(client, 'one')
      await client.clock.advance(millis(200))
      const two = aCandidate(client, 'two', 7)
      await client.clock.advance(seconds(12 + offset))
      one.kill()
      const untouched = Date.parse(lease(client)?.spec.renewTime ?? '') + seconds(9.9) - client.clock.now()
      await client.clock.advance(millis(untouched))
      expect(two.leads()).toBe(false)
      await client.clock.advance(millis(seconds(15) - untouched))
      expect(two.leads()).toBe(true)
      expect(lease(client)?.spec).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 })
    },
  )

  it('takes over at once when the leader stops in good order', async () => {
    const client = await openClient()
    const one = aCandidate(client, 'one')
    await client.clock.advance(seconds(1))
    const two = aCandidate(client, 'two')
    await client.clock.advance(seconds(10.5))
    one.stop()
    await calm(client)
    expect(two.leads()).toBe(true)
    await expect(one.ended).resolves.toBeUndefined()
  })

  it('stops before the lease is over when it cannot renew, and says so', async () => {
    const client = await openClient()
    const one = aCandidate(client, 'one')
    const lost = expect(one.ended).rejects.toThrow('lost leadership of controllers')
    await client.clock.advance(seconds(10))
    client.interrupt((verb) => (verb === 'update' ? new Fault('Unavailable', 'cut off') : undefined))
    const renewed = Date.parse(lease(client)?.spec.renewTime ?? '')
    while (one.leads()) await client.clock.advance(millis(100))
    expect(client.clock.now() - renewed).toBeLessThanOrEqual(7100)
    await lost
  })

  it('stops in time even when requests hang without an answer', async () => {
    const client = await openClient()
    const one = aCandidate(client, 'one')
    await client.clock.advance(seconds(10))
    client.interrupt(() => new Promise(() => undefined))
    await client.clock.advance(seconds(8))
    expect(one.leads()).toBe(false)
  })

  it('may not write when the timers are late, as after a suspension', async () => {
    const client = await openClient()
    let skew = 0
    const clock: Clock = {
      now: () => plus(client.clock.now(), millis(skew)),
      after: (delay, then) => client.clock.after(delay, then),
    }
    const one = aCandidate(client, 'one', 1, clock)
    await calm(client)
    expect(one.leadership?.mayWrite()).toBe(true)
    skew = seconds(7)
    expect(one.leads()).toBe(true)
    expect(one.leadership?.mayWrite()).toBe(false)
  })

  it('keeps leading when the answer to a renewal was lost', async () => {
    const client = await openClient()
    const one = aCandidate(client, 'one')
    await client.clock.advance(seconds(1))
    const update = client.update.bind(client)
    client.update = async (kind, object, signal) => {
      await update(kind, object, signal)
      client.update = update
      throw new Fault('Timeout', 'no answer')
    }
    await client.clock.advance(seconds(30))
    expect(one.leads()).toBe(true)
  })

  it('stops at once when the lease belongs to another', async () => {
    const client = await openClient()
    const one = aCandidate(client, 'one')
    await client.clock.advance(seconds(1))
    const held = lease(client) as Lease
    await client.put({ ...held, spec: { ...held.spec, holderIdentity: 'usurper' } })
    await client.clock.advance(seconds(2.5))
    expect(one.leads()).toBe(false)
  })

  it('a clock that is hours ahead makes nobody take over early', async () => {
    const client = await openClient()
    const one = aCandidate(client, 'one')
    await client.clock.advance(seconds(1))
    const wrong: Clock = {
      now: () => plus(client.clock.now(), hours(5)),
      after: (delay, then) => client.clock.after(delay, then),
    }
    const two = aCandidate(client, 'two', 3, wrong)
    await client.clock.advance(seconds(60))
    expect([one.leads(), two.leads()]).toEqual([true, false])
  })

  it('waits for a server that is away, without hurry, and goes on when it is back', async () => {
    const client = await openClient()
    let requests = 0
    client.interrupt(() => {
      requests += 1
      return new Fault('Unavailable', 'down')
    })
    const one = aCandidate(client, 'one')
    await client.clock.advance(seconds(60))
    expect(requests).toBeLessThan(40)
    client.interrupt(undefined)
    await client.clock.advance(seconds(3))
    expect(one.leads()).toBe(true)
  })
})
