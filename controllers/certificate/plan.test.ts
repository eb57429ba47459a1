import { describe, expect, it } from 'vitest'
import { hours, instant, millis, minutes, plus, seconds } from '../../lib/time.ts'
import { certificateLimits as limits } from './limits.ts'
import { plan, planToken } from './plan.ts'
import type { RequestState } from './state.ts'

const t0 = instant(Date.UTC(2026, 0, 1))
const one = 'system:container-instance:default:one'
const subject = { commonName: one, organizations: ['system:container-instances'] }
const bootstrapper = { name: 'system:bootstrap:abcdef', groups: ['system:bootstrappers', 'system:authenticated'] }
const agent = (name: string) => ({ name, groups: ['system:container-instances', 'system:authenticated'] })
const person = { name: 'jane', groups: ['system:masters', 'system:authenticated'] }

const aState = (changes: Partial<RequestState> = {}): RequestState => ({
  signer: 'gantry.dev/container-instance',
  asked: { ...subject, asksMore: false },
  usages: ['digital signature', 'client auth'],
  life: undefined,
  requester: bootstrapper,
  decision: 'none',
  isIssued: false,
  createdAt: t0,
  instance: 'none',
  ...changes,
})
const asking = (asked: Partial<RequestState['asked']>) => ({ asked: { ...subject, asksMore: false, ...asked } })
const decided = (changes: Partial<RequestState>, now = t0) => plan(aState(changes), now, limits)
const sign = (approve = true) => ({ do: 'sign', subject, life: limits.instanceLife, approve })
const refuse = (as: string, reason: string) => expect.objectContaining({ do: 'refuse', as, reason })

describe('the certificate of an instance', () => {
  it.each<[string, Partial<RequestState>, unknown]>([
    ['a machine may join under a new name', {}, sign()],
    ['and under one whose agent is not heard any more', { instance: 'away' }, sign()],
    ['but not under one whose agent is heard', { instance: 'connected' }, undefined],
    ['unless somebody approves', { instance: 'connected', decision: 'approved' }, sign(false)],
    ['an agent may renew its own', { requester: agent(one), instance: 'connected' }, sign()],
    ['and no other', { requester: agent(`${one}2`) }, refuse('Denied', 'NotForYou')],
    [
      'not even with a bootstrap token besides',
      { requester: { ...agent(`${one}2`), groups: [...agent('').groups, 'system:bootstrappers'] } },
      refuse('Denied', 'NotForYou'),
    ],
    ['anybody else needs consent', { requester: person }, undefined],
    ['which is enough', { requester: person, decision: 'approved' }, sign(false)],
    ['nothing is done twice', { decision: 'approved', isIssued: true }, undefined],
    ['nor after a no', { decision: 'denied' }, undefined],
    ['of another signer nothing', { signer: 'example.com/other' }, undefined],
    ['text that is no request', { asked: undefined }, refuse('Denied', 'Unreadable')],
    ['a plain name', asking({ commonName: 'jane' }), refuse('Denied', 'NotThis')],
    ['a name of two', asking({ commonName: `${one}:b` }), refuse('Denied', 'NotThis')],
    ['no group', asking({ organizations: [] }), refuse('Denied', 'NotThis')],
    [
      'a group more',
      asking({ organizations: ['system:container-instances', 'system:masters'] }),
      refuse('Denied', 'NotThis'),
    ],
    ['other names', asking({ asksMore: true }), refuse('Denied', 'NotThis')],
    ['another use', { usages: ['client auth', 'server auth'] }, refuse('Denied', 'NotThis')],
    ['no use', { usages: ['digital signature'] }, refuse('Denied', 'NotThis')],
    [
      'consent does not make it right',
      { ...asking({ commonName: 'jane' }), decision: 'approved' },
      refuse('Failed', 'NotThis'),
    ],
  ])('%s', (_, changes, action) => expect(decided(changes).action).toEqual(action))

  it('a machine that waits for a name is looked at again soon', () => {
    expect(decided({ instance: 'connected' }).wakeAt).toBe(plus(t0, seconds(2)))
  })

  it('lasts as long as asked, and not longer than it may', () => {
    expect(decided({ life: minutes(10) }).action).toMatchObject({ life: minutes(10) })
    expect(decided({ life: hours(24 * 365) }).action).toMatchObject({ life: hours(24 * 30) })
  })
})

describe('the certificate of a person', () => {
  const jane = { commonName: 'jane', organizations: ['dev'] }
  const signer = 'kubernetes.io/kube-apiserver-client'
  it.each<[string, Partial<RequestState>, unknown]>([
    ['needs consent, whoever asks', { requester: person }, undefined],
    [
      'which is enough',
      { decision: 'approved' },
      { do: 'sign', subject: jane, life: limits.clientLife, approve: false },
    ],
    [
      'never makes a master',
      { ...asking({ ...jane, organizations: ['system:masters'] }), decision: 'approved' },
      refuse('Failed', 'NotThis'),
    ],
    ['nor an agent', { ...asking({}), decision: 'approved' }, refuse('Failed', 'NotThis')],
  ])('%s', (_, changes, action) => {
    expect(decided({ signer, ...asking(jane), ...changes }).action).toEqual(action)
  })
})

describe('what is over is forgotten', () => {
  const issued = { decision: 'approved', isIssued: true } as const
  it.each<[string, Partial<RequestState>, number]>([
    ['issued', issued, hours(1)],
    ['denied', { decision: 'denied' }, hours(1)],
    ['of nobody', { signer: 'example.com/other' }, hours(24)],
  ])('%s', (_, changes, after) => {
    const end = plus(t0, millis(after))
    expect(decided(changes)).toEqual({ action: undefined, wakeAt: end })
    expect(decided(changes, plus(end, millis(-1))).action).toBeUndefined()
    expect(decided(changes, end).action).toEqual({ do: 'forget' })
  })

  it('and so are tokens', () => {
    const token = { id: 'abcdef', secret: 's', authenticates: true, extraGroups: [] }
    expect(planToken(token, t0)).toEqual({ action: undefined, wakeAt: undefined })
    expect(planToken(undefined, t0)).toEqual({ action: undefined, wakeAt: undefined })
    const expiration = plus(t0, hours(1))
    expect(planToken({ ...token, expiration }, t0)).toEqual({ action: undefined, wakeAt: expiration })
    expect(planToken({ ...token, expiration }, expiration).action).toEqual({ do: 'forget' })
  })
})
