import { describe, expect, it } from 'vitest'
import { type Instant, milliTimestamp, minutes, parseTimestamp, plus } from '../../../lib/time.ts'
import { aService, aServiceDeployment } from '../../../test/builders/kinds.ts'
import { builtAt } from '../../../test/builders/object.ts'
import type { ServiceState } from '../state.ts'
import { newsOf } from './news.ts'
import type { Verdict } from './status.ts'

const start = parseTimestamp(builtAt)
const at = (hours: number): Instant => plus(start, minutes(60 * hours))
const steady: Verdict = { is: 'steady', reason: 'SteadyState', message: '' }
const throttled: Verdict = { is: 'stalled', reason: 'TasksFailToStart', message: '' }
const blocked: Verdict = { is: 'stalled', reason: 'DeploymentBlocked', message: '' }
const failed: Verdict = { is: 'stalled', reason: 'DeploymentFailed', message: '' }
const changing: Verdict = { is: 'changing', reason: 'TasksStarting', message: '' }

interface Case {
  readonly verdict: Verdict
  /** The reason that Ready has, and since how many hours before the start. */
  readonly was?: string
  readonly since?: number
  /** Hours after the start: now, and when it was looked at last. */
  readonly now: number
  readonly before?: number
}
function decide({ verdict, was, since, now, before }: Case) {
  const ready = { type: 'Ready', status: 'True', message: '', lastTransitionTime: builtAt } as const
  const service = aService({
    status: {
      ...(since === undefined ? {} : { reasonSince: milliTimestamp(at(since)) }),
      ...(was === undefined ? {} : { conditions: [{ ...ready, reason: was }] }),
    },
  })
  const state = { service, deployment: aServiceDeployment({ owner: service }) } as unknown as ServiceState
  const news = newsOf(state, verdict, [], at(now), before === undefined ? undefined : at(before))
  return {
    tells: news.events.map(({ reason }) => reason),
    repeats: news.repeated.map(({ reason }) => reason),
    next: news.repeatAt === undefined ? undefined : (news.repeatAt - start) / minutes(60),
  }
}

describe('an unchanged problem is not re-emitted until resolved or 6 h later; steady state is repeated (ecs-core 5.8)', () => {
  it.each<Case & { when: string; tells?: readonly string[]; repeats?: readonly string[]; next?: number }>([
    { when: 'steady is new', verdict: steady, was: 'TasksStarting', now: 0, tells: ['SteadyState'] },
    { when: 'the first that is known', verdict: steady, now: 0, tells: ['SteadyState'] },
    { when: 'steady, a moment later', verdict: steady, was: 'SteadyState', now: 0.1, before: 0, next: 6 },
    { when: 'just before 6 h', verdict: steady, was: 'SteadyState', now: 5.99, before: 0, next: 6 },
    { when: '6 h', verdict: steady, was: 'SteadyState', now: 6, before: 1, repeats: ['SteadyState'], next: 12 },
    { when: 'and no second time', verdict: steady, was: 'SteadyState', now: 6.1, before: 6, next: 12 },
    { when: '12 h', verdict: steady, was: 'SteadyState', now: 12, before: 6, repeats: ['SteadyState'], next: 18 },
    { when: 'a new leader waits for the next time', verdict: steady, was: 'SteadyState', now: 7, next: 12 },
    { when: 'nothing to tell of', verdict: changing, was: 'TasksStarting', now: 6, before: 1 },
    { when: 'a problem is new', verdict: throttled, was: 'SteadyState', now: 3, tells: ['TasksFailToStart'] },
    {
      when: 'a problem, by its own time and not by that of Ready',
      verdict: throttled,
      was: 'TasksFailToStart',
      since: 3,
      now: 8,
      before: 4,
      next: 9,
    },
    {
      when: 'a problem, 6 h later',
      verdict: throttled,
      was: 'TasksFailToStart',
      since: 3,
      now: 9,
      before: 4,
      repeats: ['TasksFailToStart'],
      next: 15,
    },
    {
      when: 'a problem was resolved meanwhile',
      verdict: throttled,
      was: 'SteadyState',
      since: 0,
      now: 7,
      before: 5,
      tells: ['TasksFailToStart'],
    },
    { when: 'blocked is told by the deployment', verdict: blocked, was: 'DeploymentInProgress', now: 1 },
    {
      when: 'blocked is repeated by the service',
      verdict: blocked,
      was: 'DeploymentBlocked',
      now: 6,
      before: 1,
      repeats: ['DeploymentBlocked'],
      next: 12,
    },
    { when: 'how a deployment ended is not repeated', verdict: failed, was: 'DeploymentFailed', now: 6, before: 1 },
    { when: 'another clock is ahead', verdict: steady, was: 'SteadyState', since: 1, now: 0, before: -1, next: 7 },
  ])('$when', ({ tells = [], repeats = [], next, ...given }) => {
    expect(decide(given)).toEqual({ tells, repeats, next })
  })
})
