import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { taskBounds } from '../../../api/v1/service-bounds.ts'
import { type Counts, heldCounts, isBlocked, isComplete, rollingCounts } from './rolling.ts'

/** `3h1p1s`: 3 healthy, 1 starting, 1 stopping; wanted: the live ones unless `/n` says. */
function counts(text: string): Counts {
  const [, healthy = 0, pending = 0, stopping = 0] = (/^(?:(\d+)h)?(?:(\d+)p)?(?:(\d+)s)?/.exec(text) ?? []).map((n) =>
    Number(n ?? 0),
  )
  const live = healthy + pending
  const desired = /\/(\d+)$/.exec(text)?.[1]
  return { healthy, live, active: live + stopping, desired: desired === undefined ? live : Number(desired) }
}
const bounds = (desired: number, percents: string) => {
  const [minimumHealthyPercent, maximumPercent] = percents.split('/').map(Number)
  return taskBounds(
    { schedulingStrategy: 'REPLICA', deploymentConfiguration: { minimumHealthyPercent, maximumPercent } },
    desired,
  )
}

describe('rollingCounts', () => {
  it.each([
    { when: 'nothing is there yet', want: 4, percents: '100/200', target: '0h', others: [], counts: [4] },
    { when: 'a rollout begins', want: 4, percents: '100/200', target: '0h', others: ['4h'], counts: [4, 4] },
    { when: 'there is room for two', want: 4, percents: '100/150', target: '0h', others: ['4h'], counts: [2, 4] },
    { when: 'two new ones are healthy', want: 4, percents: '100/150', target: '2h', others: ['4h'], counts: [2, 2] },
    { when: 'two old ones still stop', want: 4, percents: '100/150', target: '2h', others: ['2h2s'], counts: [2, 2] },
    { when: 'the old ones have stopped', want: 4, percents: '100/150', target: '2h', others: ['2h'], counts: [4, 2] },
    { when: 'half may go first', want: 4, percents: '50/100', target: '0h', others: ['4h'], counts: [0, 2] },
    { when: 'one may be none', want: 1, percents: '0/100', target: '0h', others: ['1h'], counts: [0, 0] },
    {
      when: 'both steps are free (ecs-core 5.5)',
      want: 10,
      percents: '50/150',
      target: '0h',
      others: ['10h'],
      counts: [5, 5],
    },
    { when: 'old ones are not healthy', want: 4, percents: '100/200', target: '0h', others: ['2h2p'], counts: [4, 2] },
    {
      when: 'the oldest goes first',
      want: 4,
      percents: '50/200',
      target: '1h',
      others: ['1h', '3h'],
      counts: [4, 0, 1],
    },
    { when: 'the service grew in between', want: 8, percents: '100/200', target: '2p', others: ['4h'], counts: [8, 4] },
    {
      when: 'the service shrank in between',
      want: 2,
      percents: '100/200',
      target: '3h/4',
      others: ['4h'],
      counts: [2, 0],
    },
    { when: 'the target is over its room', want: 4, percents: '100/125', target: '4p', others: ['4h'], counts: [4, 4] },
    { when: 'scaled to zero', want: 0, percents: '100/200', target: '2h', others: ['1h'], counts: [0, 0] },
  ])('$when', ({ want, percents, target, others, counts: [first, ...rest] }) => {
    const got = rollingCounts(counts(target), others.map(counts), want, bounds(want, percents))
    expect(got).toEqual({ target: first, others: rest })
  })

  const someCounts = fc
    .record({ healthy: fc.nat(9), pending: fc.nat(4), stopping: fc.nat(4), desired: fc.nat(12) })
    .map(({ healthy, pending, stopping, desired }) => {
      const live = healthy + pending
      return { healthy, live, active: live + stopping, desired }
    })

  it('for any counts: keeps the minimum, grows only into room, and never grows what is old', () => {
    fc.assert(
      fc.property(
        someCounts,
        fc.array(someCounts, { maxLength: 4 }),
        fc.nat(12),
        fc.nat(100),
        fc.integer({ min: 100, max: 300 }),
        (target, others, desired, min, max) => {
          const limit = bounds(desired, `${min}/${max}`)
          const next = rollingCounts(target, others, desired, limit)
          // a revision gives up its unhealthy tasks first, so as many healthy ones stay as it may have
          const healthyWith = (wanted: readonly number[]): number =>
            others.reduce(
              (sum, { healthy }, i) => sum + Math.min(healthy, wanted[i] ?? 0),
              Math.min(target.healthy, desired),
            )
          const before = healthyWith(others.map((other) => other.desired))
          expect(healthyWith(next.others)).toBeGreaterThanOrEqual(Math.min(before, limit.lower))
          expect(next.target).toBeLessThanOrEqual(desired)
          if (next.target > target.desired) {
            const occupied = others.reduce((sum, other) => sum + other.active, 0)
            expect(next.target + occupied).toBeLessThanOrEqual(limit.upper)
          }
          for (const [i, other] of others.entries()) expect(next.others[i]).toBeLessThanOrEqual(other.desired)
        },
      ),
    )
  })
})

describe('rollingCounts of a share', () => {
  it.each([
    {
      when: 'the new task comes first',
      want: 4,
      percents: '100/200',
      most: 1,
      target: '0h',
      others: ['4h'],
      counts: [1, 4],
    },
    {
      when: 'it is healthy: one old goes',
      want: 4,
      percents: '100/200',
      most: 1,
      target: '1h',
      others: ['4h'],
      counts: [1, 3],
    },
    { when: 'they stand', want: 4, percents: '100/200', most: 1, target: '1h', others: ['3h'], counts: [1, 3] },
    {
      when: 'without room an old one goes first',
      want: 4,
      percents: '75/100',
      most: 1,
      target: '0h',
      others: ['4h'],
      counts: [0, 3],
    },
    {
      when: 'there is room for it then',
      want: 4,
      percents: '75/100',
      most: 1,
      target: '0h',
      others: ['3h'],
      counts: [1, 3],
    },
    {
      when: 'an old one is not healthy',
      want: 4,
      percents: '100/200',
      most: 1,
      target: '1h',
      others: ['2h1p'],
      counts: [1, 3],
    },
    {
      when: 'the new one is not healthy any more',
      want: 4,
      percents: '100/200',
      most: 1,
      target: '1p',
      others: ['3h'],
      counts: [1, 3],
    },
    {
      when: 'nothing may come yet',
      want: 4,
      percents: '100/200',
      most: 0,
      target: '0h',
      others: ['4h'],
      counts: [0, 4],
    },
    { when: 'the service grew', want: 8, percents: '100/200', most: 2, target: '1h', others: ['3h'], counts: [2, 6] },
    { when: 'the service shrank', want: 2, percents: '100/200', most: 1, target: '2h', others: ['6h'], counts: [1, 1] },
    {
      when: 'one that never completed goes before what worked',
      want: 4,
      percents: '100/200',
      most: 1,
      target: '1h',
      others: ['3h', '1h'],
      kept: 0,
      counts: [1, 3, 0],
    },
    {
      when: 'back from zero: what worked',
      want: 4,
      percents: '100/200',
      most: 1,
      target: '0h',
      others: ['0h'],
      kept: 0,
      counts: [1, 3],
    },
  ])('$when', ({ want, percents, most, target, others, kept = -1, counts: [first, ...rest] }) => {
    const share = { most, kept }
    const got = rollingCounts(counts(target), others.map(counts), want, bounds(want, percents), share)
    expect(got).toEqual({ target: first, others: rest })
  })
})

describe('isComplete', () => {
  it.each([
    { when: 'all healthy, nothing else', target: '3h', others: ['0h'], complete: true },
    { when: 'one starts', target: '2h1p', others: [], complete: false },
    { when: 'an old one still stops', target: '3h', others: ['0h1s'], complete: false },
    { when: 'an old one is still wanted', target: '3h', others: ['0h/1'], complete: false },
    { when: 'one too many', target: '4h/3', others: [], complete: false },
    { when: 'not all are wanted yet', target: '3h/2', others: [], complete: false },
  ])('$when: $complete', ({ target, others, complete }) => {
    expect(isComplete(counts(target), others.map(counts), 3)).toBe(complete)
  })
})

describe('isBlocked', () => {
  it.each([
    { when: '2 tasks at 75/100', want: 2, percents: '75/100', target: '0h', others: ['2h'], blocked: true },
    { when: '3 tasks at 100/125', want: 3, percents: '100/125', target: '0h', others: ['3h'], blocked: true },
    { when: '1 task at 50/100', want: 1, percents: '50/100', target: '0h', others: ['1h'], blocked: true },
    { when: '1 task at 0/100', want: 1, percents: '0/100', target: '0h', others: ['1h'], blocked: false },
    { when: 'one is still stopping', want: 3, percents: '100/125', target: '0h', others: ['2h1s'], blocked: false },
    { when: 'one is not healthy', want: 3, percents: '100/125', target: '0h', others: ['2h1p'], blocked: false },
    { when: 'it is over', want: 3, percents: '100/125', target: '3h', others: [], blocked: false },
  ])('$when: $blocked', ({ want, percents, target, others, blocked }) => {
    expect(isBlocked(counts(target), others.map(counts), want, bounds(want, percents))).toBe(blocked)
  })
})

describe('after a failure without rollback (ecs-core 5.7)', () => {
  it.each([
    { when: 'the others stay as they are', want: 4, target: '1h/4', others: ['3h'], counts: [1, 3] },
    { when: 'those that nobody had stopped stay', want: 4, target: '0h', others: ['4h/0'], counts: [0, 4] },
    { when: 'no more of them than are missing', want: 4, target: '3h/4', others: ['2h/0'], counts: [3, 1] },
    { when: 'what is gone is not started again', want: 4, target: '0h', others: ['1h3s/0'], counts: [0, 1] },
    { when: 'of several the newest first', want: 4, target: '0h', others: ['3h/0', '3h/0'], counts: [0, 1, 3] },
    { when: 'less is wanted', want: 2, target: '0h', others: ['4h/0'], counts: [0, 2] },
    { when: 'less is wanted than stayed', want: 2, target: '0h', others: ['4h'], counts: [0, 2] },
    { when: 'nothing is wanted', want: 0, target: '1h', others: ['3h'], counts: [0, 0] },
  ])('$when', ({ want, target, others, counts: expected }) => {
    const held = heldCounts(counts(target), others.map(counts), want)
    expect([held.target, ...held.others]).toEqual(expected)
  })
})
