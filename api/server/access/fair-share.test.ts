import { expect, it } from 'vitest'
import { millis, seconds } from '../../../lib/time.ts'
import { VirtualClock } from '../../../lib/virtual-clock.ts'
import { administrator, anonymous, containerInstanceUser, type User } from '../../access/user.ts'
import { limits } from '../limits.ts'
import { fairShare } from './fair-share.ts'

const jane: User = { name: 'jane', groups: [] }
const agent = containerInstanceUser('default', 'a')
const times = (n: number, act: () => void): void => {
  for (let i = 0; i < n; i++) act()
}
const refusal = expect.objectContaining({ code: 'TooManyRequests', retryAfterSeconds: 1 })

it('a user that asks too often is refused, and others are not', async () => {
  const clock = new VirtualClock()
  const share = fairShare(clock)
  times(limits.userBurst, () => share.came(jane, '10.0.0.1'))
  expect(() => share.came(jane, '10.0.0.1')).toThrow(refusal)
  share.came(agent, '10.0.0.1')
  share.came(anonymous, '10.0.0.1')
  await clock.advance(seconds(0.1))
  times(limits.userRate / 10, () => share.came(jane, '10.0.0.1'))
  expect(() => share.came(jane, '10.0.0.1')).toThrow(refusal)
})

it('strangers are counted by address', () => {
  const share = fairShare(new VirtualClock())
  times(limits.userBurst, () => share.came(anonymous, '10.0.0.1'))
  expect(() => share.came(anonymous, '10.0.0.1')).toThrow(refusal)
  share.came(anonymous, '10.0.0.2')
})

it('who repairs things is not bounded by a rate, but by what the server can do at once', () => {
  const share = fairShare(new VirtualClock())
  times(limits.userBurst * 2, () => share.came(administrator, undefined))
  times(limits.inFlight, () => share.begins(administrator))
  expect(() => share.begins(administrator)).toThrow(refusal)
})

it('one user leaves room in flight for others', () => {
  const share = fairShare(new VirtualClock())
  const [end] = Array.from({ length: limits.userInFlight }, () => share.begins(jane))
  expect(() => share.begins(jane)).toThrow(refusal)
  share.begins(agent)
  end?.()
  share.begins(jane)
})

it('forgets first those that have nothing to be remembered for', async () => {
  const clock = new VirtualClock()
  const share = fairShare(clock)
  times(limits.userBurst, () => share.came(jane, undefined))
  for (let i = 1; i < limits.usersKnown; i++) share.came({ name: `user-${i}`, groups: [] }, undefined)
  await clock.advance(millis(1000 / limits.userRate))
  share.came({ name: 'one more', groups: [] }, undefined)
  share.came(jane, undefined) // what came back meanwhile
  expect(() => share.came(jane, undefined)).toThrow(refusal)
})
