import { describe, expect, it } from 'vitest'
import { protectionFor } from '../../api/v1/task-protection.ts'
import { minutes, parseTimestamp, plus } from '../../lib/time.ts'
import { aTask } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { withProtection } from './protected-task.ts'

const now = parseTimestamp(builtAt)
const explained = { object: 'task/web-1-0-1', state: 'RUNNING', summary: 'It runs.', causes: [], advice: [] }
const told =
  'It runs. It is protected until 2026-01-01T00:10:00.000Z: scale-in, deployments, drains and rebalancing leave it alone (gantry protect web-1-0-1 --off ends that).'

describe('a protected task (ecs-core 4.9)', () => {
  it.each([
    { when: 'now', want: told },
    { when: 'a moment before its end', later: minutes(9.99), want: told },
    { when: 'no more', later: minutes(10), want: 'It runs.' },
    { when: 'told to stop all the same', spec: { desiredStatus: 'STOPPED' as const }, want: 'It runs.' },
    { when: 'that has stopped', status: { lastStatus: 'STOPPED' as const }, want: 'It runs.' },
  ])('$when', ({ later = minutes(0), spec, status, want }) => {
    const protection = protectionFor(now, minutes(10))
    const task = aTask({ name: 'web-1-0-1', spec: { group: 'service:web', protection, ...spec }, status })
    expect(withProtection(explained, task, plus(now, later)).summary).toBe(want)
  })

  it('is told of no other', () => {
    expect(withProtection(explained, aTask({ name: 'web-1-0-1' }), now)).toBe(explained)
  })
})
