import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { usualKeeping } from '../api/v1/retention.ts'
import { hours, minutes, seconds } from '../lib/time.ts'
import { controllerOptions, lostAfter, withControllerFlags } from './controller-options.ts'

describe('lostAfter', () => {
  it.each([
    ['10', 10_000],
    ['2m', 120_000],
  ])('%s', (text, want) => expect(lostAfter(text)).toBe(want))
  it.each(['9s', '0', '500ms'])('refuses %j', (text) => expect(() => lostAfter(text)).toThrow('at least 10s'))
})

describe('what flags say about controllers', () => {
  const said = (...flags: string[]) =>
    controllerOptions(withControllerFlags(new Command()).parse(flags, { from: 'user' }).opts())
  it('by default: 7 days, 50 tasks and 10 deployments', () => {
    expect(said()).toEqual({ keep: usualKeeping })
    expect(usualKeeping).toEqual({
      stoppedTasks: { ttl: hours(168), limit: 50 },
      deployments: { ttl: hours(168), limit: 10 },
    })
  })
  it.each([
    {
      flags: ['--stopped-task-retention', '30m', '--deployment-limit', '3'],
      keep: { stoppedTasks: { ttl: minutes(30), limit: 50 }, deployments: { ttl: hours(168), limit: 3 } },
    },
    {
      flags: ['--stopped-task-limit', '7', '--deployment-retention', '24h'],
      keep: { stoppedTasks: { ttl: hours(168), limit: 7 }, deployments: { ttl: hours(24), limit: 10 } },
    },
  ])('$flags', ({ flags, keep }) => expect(said(...flags).keep).toEqual(keep))
  it('--instance-lost-after', () =>
    expect(said('--instance-lost-after', '12s').instance).toEqual({ lostAfter: seconds(12) }))
})
