import { describe, expect, it } from 'vitest'
import { disagreements } from '../../test/builders/cel.ts'
import { aServiceDeployment, aServiceRevision, aTask } from '../../test/builders/kinds.ts'
import type { Kind } from '../meta/kind.ts'
import { ServiceDeployment } from './service-deployment.ts'
import { ServiceRevision } from './service-revision.ts'
import { Task } from './task.ts'

const agreed = <T>(kind: unknown, object: T, old?: T): void =>
  expect(disagreements(kind as Kind, object, old)).toEqual([])
/** Characters of the overrides below around their one long word. */
const overhead = JSON.stringify({ cpu: '256', containerOverrides: [{ name: 'a', command: [''] }] }).length
const pathsOf = (problems: readonly { readonly path: string }[]): string[] => problems.map(({ path }) => path)

describe('a new task', () => {
  it.each([
    { when: 'the least', spec: {}, paths: [] },
    { when: 'no task definition', spec: { taskDefinition: '' }, paths: ['spec.taskDefinition'] },
    { when: 'a stop code of a task that runs', spec: { stopCode: 'UserInitiated' as const }, paths: ['spec.stopCode'] },
    { when: 'cpu that is no amount', spec: { overrides: { cpu: 'x' } }, paths: ['spec.overrides.cpu'] },
    { when: 'memory that is no amount', spec: { overrides: { memory: 'x' } }, paths: ['spec.overrides.memory'] },
    {
      when: 'large overrides',
      spec: { overrides: { containerOverrides: [{ name: 'a', command: ['x'.repeat(9000)] }] } },
      paths: ['spec.overrides'],
    },
    {
      when: 'launch type and providers',
      spec: { launchType: 'EC2' as const, capacityProviderStrategy: [{ capacityProvider: 'a' }] },
      paths: ['spec.capacityProviderStrategy'],
    },
    { when: 'tags of no service', spec: { propagateTags: 'SERVICE' as const }, paths: ['spec.propagateTags'] },
    {
      when: 'a constraint that cannot be read',
      spec: { placementConstraints: [{ type: 'memberOf' as const, expression: 'x' }] },
      paths: ['spec.placementConstraints[0].expression'],
    },
  ])('$when', ({ spec, paths }) => {
    agreed(Task, aTask({ spec }))
    expect(pathsOf(Task.validate(aTask({ spec }), undefined))).toEqual(paths)
  })
})

/** What ECS bounds in a task (ecs-core 1.7, 4.7, 4.8, 5.1). */
describe('the longest and most that a task may say', () => {
  const long = (n: number): string => 'x'.repeat(n)
  const random = { type: 'random' as const }
  it.each<{ rule: string; spec: (n: number) => object; most: number }>([
    { rule: 'startedBy: 128 characters', spec: (n) => ({ startedBy: long(n) }), most: 128 },
    { rule: 'group: 255 characters', spec: (n) => ({ group: long(n) }), most: 255 },
    { rule: 'clientToken: 64 characters', spec: (n) => ({ clientToken: long(n) }), most: 64 },
    { rule: 'reasons: 1024 characters', spec: (n) => ({ stoppedReason: long(n) }), most: 1024 },
    { rule: '5 strategies', spec: (n) => ({ placementStrategy: Array.from({ length: n }, () => random) }), most: 5 },
    {
      rule: '10 files of environment variables',
      spec: (n) => ({
        overrides: {
          containerOverrides: [
            { name: 'a', environmentFiles: Array.from({ length: n }, () => ({ type: 's3', value: 'arn:a.env' })) },
          ],
        },
      }),
      most: 10,
    },
    {
      rule: 'overrides: 8192 characters with JSON syntax',
      spec: (n) => ({
        overrides: { cpu: '256', containerOverrides: [{ name: 'a', command: [long(n - overhead)] }] },
      }),
      most: 8192,
    },
  ])('$rule', ({ spec, most }) => {
    const takes = (n: number): boolean => {
      const task = { ...aTask(), spec: { ...aTask().spec, ...spec(n) } }
      const read = Task.schema.safeParse(task)
      return read.success && Task.validate(read.data as ReturnType<typeof aTask>, undefined).length === 0
    }
    expect([takes(most), takes(most + 1)]).toEqual([true, false])
  })

  it.each<{ rule: string; spec: object; takes: boolean }>([
    { rule: 'startedBy: letters, digits, - / _', spec: { startedBy: 'ecs-svc/Web_1' }, takes: true },
    { rule: 'startedBy: and . (names of Kubernetes)', spec: { startedBy: 'ecs-svc/web.a-d1' }, takes: true },
    { rule: 'startedBy: no spaces', spec: { startedBy: 'a b' }, takes: false },
    { rule: 'clientToken: visible ASCII', spec: { clientToken: '!~' }, takes: true },
    { rule: 'clientToken: no spaces', spec: { clientToken: 'a b' }, takes: false },
    {
      rule: 'an override names its container',
      spec: { overrides: { containerOverrides: [{ cpu: 1 }] } },
      takes: false,
    },
    { rule: 'stopCode: a code of ECS', spec: { desiredStatus: 'STOPPED', stopCode: 'Done' }, takes: false },
    { rule: 'desiredStatus: PENDING is never set', spec: { desiredStatus: 'PENDING' }, takes: false },
  ])('$rule: $takes', ({ spec, takes }) => {
    expect(Task.schema.safeParse({ ...aTask(), spec: { ...aTask().spec, ...spec } }).success).toBe(takes)
  })
})

describe('a task that exists', () => {
  it.each([
    { when: 'is bound', old: {}, next: { containerInstance: 'one' }, paths: [] },
    {
      when: 'is bound again',
      old: { containerInstance: 'one' },
      next: { containerInstance: 'two' },
      paths: ['spec.containerInstance'],
    },
    { when: 'is let go', old: { containerInstance: 'one' }, next: {}, paths: ['spec.containerInstance'] },
    {
      when: 'is told to stop',
      old: {},
      next: { desiredStatus: 'STOPPED' as const, stopCode: 'UserInitiated' as const },
      paths: [],
    },
    {
      when: 'is told to run again',
      old: { desiredStatus: 'STOPPED' as const },
      next: {},
      paths: ['spec.desiredStatus'],
    },
    { when: 'gets another definition', old: {}, next: { taskDefinition: 'web.2' }, paths: ['spec.taskDefinition'] },
    { when: 'gets overrides', old: {}, next: { overrides: { cpu: '256' } }, paths: ['spec.overrides'] },
  ])('$when: $paths', ({ old, next, paths }) => {
    agreed(Task, aTask({ spec: next }), aTask({ spec: old }))
    expect(pathsOf(Task.validate(aTask({ spec: next }), aTask({ spec: old })))).toEqual(paths)
  })

  it.each([
    { from: undefined, to: 'PENDING' as const, paths: [] },
    { from: 'PENDING' as const, to: 'RUNNING' as const, paths: [] },
    { from: 'RUNNING' as const, to: 'RUNNING' as const, paths: [] },
    { from: 'PENDING' as const, to: 'STOPPED' as const, paths: [] },
    { from: 'RUNNING' as const, to: 'PENDING' as const, paths: ['status.lastStatus'] },
    { from: 'STOPPED' as const, to: 'RUNNING' as const, paths: ['status.lastStatus'] },
    { from: 'STOPPED' as const, to: undefined, paths: ['status.lastStatus'] },
  ])('goes from $from to $to: $paths', ({ from, to, paths }) => {
    const at = (lastStatus: typeof from | typeof to) =>
      aTask({ status: lastStatus === undefined ? {} : { lastStatus } })
    agreed(Task, at(to), at(from))
    expect(pathsOf(Task.validate(at(to), at(from)))).toEqual(paths)
  })
})

describe('snapshots', () => {
  it('of a service change in their desired count only', () => {
    const old = aServiceRevision()
    expect(ServiceRevision.validate(aServiceRevision({ spec: { desiredCount: 0 } }), old)).toEqual([])
    agreed(ServiceRevision, aServiceRevision({ spec: { desiredCount: 0, taskDefinition: 'web.2' } }), old)
    expect(pathsOf(ServiceRevision.validate(aServiceRevision({ spec: { taskDefinition: 'web.2' } }), old))).toEqual([
      'spec.taskDefinition',
    ])
  })
  it('of a rollout do not change', () => {
    const next = aServiceDeployment({ spec: { targetServiceRevision: 'web-9' } })
    agreed(ServiceDeployment, next, aServiceDeployment())
    expect(pathsOf(ServiceDeployment.validate(next, aServiceDeployment()))).toEqual(['spec.targetServiceRevision'])
    expect(ServiceDeployment.validate(aServiceDeployment(), aServiceDeployment())).toEqual([])
  })
})
