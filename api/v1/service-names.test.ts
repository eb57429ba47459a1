import { describe, expect, it } from 'vitest'
import { aService } from '../../test/builders/kinds.ts'
import { taskBounds } from './service-bounds.ts'
import {
  deploymentId,
  labelValue,
  serviceOfRevision,
  serviceRevisionName,
  shortened,
  slotAndAttempt,
  taskName,
} from './service-names.ts'
import { templateHash } from './service-template.ts'
import { parseTaskDefinitionReference } from './task-definition-reference.ts'

describe('names of what a service makes', () => {
  it.each([
    ['web', 1, '0', 1],
    ['web-1', 12, '3', 40],
    ['a.b', 2, 'ip-10-0-0-1.local', 7],
  ])('%s-%i, slot %s, attempt %i read back', (service, revision, slot, attempt) => {
    const name = serviceRevisionName(service, revision)
    expect(serviceOfRevision(name)).toBe(service)
    expect(slotAndAttempt(name, taskName(name, slot, attempt))).toEqual({ slot, attempt })
  })
  it('a name of another revision is not read', () => {
    expect(slotAndAttempt('web-1', 'web-12-0-1')).toBeUndefined()
    expect(slotAndAttempt('web-1', 'web-1-x')).toBeUndefined()
  })
  it.each(['web', 'a'.repeat(63), 'Web_1.x'])('%s is a label value', (text) => expect(labelValue(text)).toBe(text))
  it.each(['a'.repeat(64), '_web', 'web-', '-', 'ä'])('%s is made one', (text) => {
    expect(labelValue(text)).toMatch(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/)
  })
  it('long texts stay apart', () => {
    expect(shortened(`${'a'.repeat(80)}1`, 63)).not.toBe(shortened(`${'a'.repeat(80)}2`, 63))
    expect(shortened('a'.repeat(80), 63)).toHaveLength(63)
    expect(deploymentId('d'.repeat(253)).length).toBeLessThanOrEqual(128)
  })
})

describe('taskBounds (ecs-core 5.5)', () => {
  it.each([
    { desired: 4, percents: [50, 100], want: [2, 4] },
    { desired: 2, percents: [75, 100], want: [2, 2] },
    { desired: 3, percents: [100, 125], want: [3, 3] },
    { desired: 10, percents: [50, 150], want: [5, 15] },
    { desired: 0, percents: [50, 150], want: [0, 0] },
    { desired: 7, percents: [], want: [7, 14] },
  ])('$desired at $percents: $want', ({ desired, percents: [minimumHealthyPercent, maximumPercent], want }) => {
    const deploymentConfiguration = { minimumHealthyPercent, maximumPercent }
    const { lower, upper } = taskBounds({ schedulingStrategy: 'REPLICA', deploymentConfiguration }, desired)
    expect([lower, upper]).toEqual(want)
  })
  it('a DAEMON may lose all and never has more than one on an instance', () => {
    expect(taskBounds({ schedulingStrategy: 'DAEMON' }, 5)).toEqual({ lower: 0, upper: 5 })
  })
})

describe('templateHash (ecs-core 5.4)', () => {
  const hash = (over: Parameters<typeof aService>[0] = {}, definition = 'web.1') =>
    templateHash(aService(over), definition)
  const network = { awsvpcConfiguration: { subnets: ['a'] } }
  it.each([
    { change: 'desiredCount', over: { spec: { desiredCount: 9 } } },
    { change: 'deploymentConfiguration', over: { spec: { deploymentConfiguration: { maximumPercent: 150 } } } },
    { change: 'placementStrategy', over: { spec: { placementStrategy: [{ type: 'random' as const }] } } },
    { change: 'grace period', over: { spec: { healthCheckGracePeriodSeconds: 9 } } },
    { change: 'other metadata', over: { metadata: { labels: { a: 'b' }, annotations: { a: 'b' } } } },
  ])('$change is no deployment', ({ over }) => expect(hash(over)).toBe(hash()))
  it.each([
    { change: 'networkConfiguration', over: { spec: { networkConfiguration: network } } },
    { change: 'forced', over: { metadata: { annotations: { 'gantry.dev/force-new-deployment': '1' } } } },
  ])('$change is one', ({ over }) => expect(hash(over)).not.toBe(hash()))
  it('another task definition revision is one', () => expect(hash({}, 'web.2')).not.toBe(hash()))
})

describe('parseTaskDefinitionReference', () => {
  it.each([
    ['web', 'web', undefined],
    ['web:3', 'web', 3],
    ['arn:aws:ecs:local:000000000000:task-definition/web:3', 'web', 3],
    ['arn:aws:ecs:us-east-1:1:task-definition/My_App', 'My_App', undefined],
    ['web:x', 'web:x', undefined],
  ])('%s', (text, family, revision) => expect(parseTaskDefinitionReference(text)).toEqual({ family, revision }))
})
