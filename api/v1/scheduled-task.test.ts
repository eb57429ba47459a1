/** What may be said of a scheduled task. */
import { describe, expect, it } from 'vitest'
import { disagreements } from '../../test/builders/cel.ts'
import { aScheduledTask } from '../../test/builders/kinds.ts'
import type { Kind } from '../meta/kind.ts'
import { ScheduledTask } from './scheduled-task.ts'

type Spec = Partial<ScheduledTask['spec']>
const problemsOf = (spec: Spec): string[] => {
  const object = aScheduledTask({ spec })
  expect(disagreements(ScheduledTask as unknown as Kind, object)).toEqual([])
  return ScheduledTask.validate(object, undefined).map(({ path, message }) => `${path}: ${message}`)
}
const template = (over: object): Spec => ({ taskTemplate: { taskDefinition: 'web', count: 1, ...over } })

describe('a scheduled task', () => {
  it.each<{ when: string; spec: Spec; says: readonly string[] }>([
    { when: 'the least', spec: {}, says: [] },
    { when: 'a crontab line', spec: { schedule: '0 3 * * 1-5', timeZone: 'Europe/Berlin' }, says: [] },
    {
      when: 'a field that is out of its range',
      spec: { schedule: 'cron(0 25 * * ? *)' },
      says: ['spec.schedule: Invalid value: "cron(0 25 * * ? *)": the hours field cannot hold "25"'],
    },
    {
      when: 'no expression at all',
      spec: { schedule: 'daily' },
      says: ['spec.schedule: Invalid value: "daily": must be'],
    },
    {
      when: 'a zone that is none',
      spec: { timeZone: 'Mars/Olympus' },
      says: ['spec.timeZone: Invalid value: "Mars/Olympus": is no time zone that is known here'],
    },
    {
      when: 'an end before the start',
      spec: { startDate: '2026-02-01T00:00:00Z', endDate: '2026-01-31T23:00:00-05:00' },
      says: [],
    },
    {
      when: 'an end at the start',
      spec: { startDate: '2026-02-01T00:00:00Z', endDate: '2026-02-01T01:00:00+01:00' },
      says: ['spec.endDate: Invalid value: "2026-02-01T01:00:00+01:00": must be after startDate'],
    },
    {
      when: 'dates of what is due once',
      spec: { schedule: 'at(2026-03-01T00:00:00)', endDate: '2026-02-01T00:00:00Z' },
      says: ['spec.endDate: Forbidden: at(...) is due once'],
    },
    {
      when: 'a template that no task could be made of',
      spec: template({ taskDefinition: 'my web', overrides: { cpu: 'x' } }),
      says: ['spec.taskTemplate.taskDefinition: Invalid value', 'spec.taskTemplate.overrides.cpu: Invalid value'],
    },
    {
      when: 'a constraint that cannot be read',
      spec: template({ placementConstraints: [{ type: 'memberOf', expression: 'x' }] }),
      says: ['spec.taskTemplate.placementConstraints[0].expression: Invalid value'],
    },
  ])('$when', ({ spec, says }) => {
    const said = problemsOf(spec)
    expect(said).toHaveLength(says.length)
    for (const [n, text] of says.entries()) expect(said[n]).toContain(text)
  })

  it('is not judged again while only its status changes', () => {
    const old = aScheduledTask({ spec: { timeZone: 'Gone/Zone' } })
    expect(ScheduledTask.validate({ ...old, status: { active: 1 } }, old)).toEqual([])
    const next = aScheduledTask({ spec: { timeZone: 'Gone/Zone', suspend: true } })
    expect(ScheduledTask.validate(next, old)).not.toEqual([])
  })

  it.each([
    { retryPolicy: { maximumRetryAttempts: 186, maximumEventAgeInSeconds: 60 } },
    { retryPolicy: { maximumRetryAttempts: 1, maximumEventAgeInSeconds: 59 } },
    { taskTemplate: { taskDefinition: 'web', count: 11 } },
    { taskTemplate: { taskDefinition: 'web', count: 0 } },
    { startingDeadlineSeconds: -1 },
    { activeDeadlineSeconds: 0 },
    { concurrencyPolicy: 'Maybe' },
    { schedule: 'x'.repeat(257) },
  ])('has bounds: %j', (spec) => {
    expect(() => aScheduledTask({ spec: spec as Spec })).toThrow()
  })
})
