import { describe, expect, it } from 'vitest'
import { minutes, parseTimestamp, plus } from '../../lib/time.ts'
import { aTask } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { Task } from './task.ts'
import { isBlockedByProtection, protectedUntil, protectionFor } from './task-protection.ts'

const now = parseTimestamp(builtAt)
const task = (name: string, time?: number, group = 'service:web'): Task =>
  aTask({ name, spec: { group, ...(time === undefined ? {} : { protection: protectionFor(now, minutes(time)) }) } })

describe('protection (ecs-core 2.3: 1 to 2880 minutes, of tasks of services)', () => {
  it.each([
    { time: 1, paths: [] },
    { time: 2880, paths: [] },
    { time: 0.5, paths: ['spec.protection.expirationDate'] },
    { time: 2881, paths: ['spec.protection.expirationDate'] },
    { time: 5, group: 'family:web', paths: ['spec.protection'] },
  ])('$time minutes of a task in group $group', ({ time, group, paths }) => {
    expect(Task.validate(task('a', time, group), undefined).map(({ path }) => path)).toEqual(paths)
    expect(Task.validate(task('a', time, group), task('a', undefined, group)).map(({ path }) => path)).toEqual(paths)
  })

  it.each([
    { after: 0, holds: true },
    { after: 9.9, holds: true },
    { after: 10, holds: false },
    { after: -2879, holds: true },
    { after: -2881, holds: false },
  ])('$after minutes after it was asked for it holds: $holds', ({ after, holds }) =>
    expect(protectedUntil(task('a', 10), plus(now, minutes(after)))).toBe(holds ? plus(now, minutes(10)) : undefined),
  )
})

describe('DEPLOYMENT_BLOCKED (ecs-core 4.9)', () => {
  const service = (rolloutState: string, desiredCount: number) => ({ spec: {}, status: { rolloutState, desiredCount } })
  const all = [task('a', 5), task('b', 5), task('c')]
  it.each([
    { when: 'as many as are wanted', service: service('IN_PROGRESS', 3), task: task('c'), blocked: false },
    { when: 'one more', service: service('IN_PROGRESS', 2), task: task('c'), blocked: true },
    { when: 'no deployment', service: service('COMPLETED', 2), task: task('c'), blocked: false },
    { when: 'for longer', service: service('IN_PROGRESS', 1), task: task('a', 5), blocked: false },
  ])('$when', ({ service: of, task: one, blocked }) => expect(isBlockedByProtection(of, all, one, now)).toBe(blocked))
})
