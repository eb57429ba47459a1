import { describe, expect, it } from 'vitest'
import {
  c0,
  c1,
  type Fields,
  fargate,
  healthCheck,
  one,
  ports,
  sent,
  two,
} from '../../test/builders/task-definition-cases.ts'
import { parseObject } from '../meta/parse.ts'
import { TaskDefinition, TaskDefinitionRevision } from './task-definition.ts'

describe('warnings', () => {
  const warningsOf = (spec: unknown): readonly string[] =>
    TaskDefinition.warnings(parseObject(TaskDefinition, sent(spec), { unknown: 'strict' }).object)

  it.each([
    {
      when: 'nothing to say',
      spec: one({ ...ports({ containerPort: 80 }), healthCheck, stopTimeout: 5, user: 'x' }),
      want: [],
    },
    {
      when: 'members without effect',
      spec: two({ secrets: [], links: ['web'] }, { ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 1 }] }),
      want: [
        `${c0}.links: accepted, but not supported yet: it has no effect`,
        `${c1}.ulimits: accepted, but not supported yet: it has no effect`,
      ],
    },
    {
      when: 'a health check without CMD',
      spec: one({ healthCheck: { command: ['true'] } }),
      want: [`${c0}.healthCheck.command: does not start with CMD or CMD-SHELL; taken as CMD`],
    },
    {
      when: 'a role that is none',
      spec: one({}, { taskRoleArn: '{INSERT ROLE}' }),
      want: [
        'spec.taskRoleArn: "{INSERT ROLE}" is not the name or ARN of a role',
        'spec.taskRoleArn: accepted, but not supported yet: it has no effect',
      ],
    },
  ])('$when', ({ spec, want }) => {
    expect(warningsOf(spec)).toEqual(want)
  })

  it('of Fargate', () => {
    expect(warningsOf(fargate())).toContainEqual(expect.stringMatching(/^spec\.requiresCompatibilities: accepted/))
    expect(warningsOf(fargate())).toContainEqual(expect.stringMatching(/^spec\.networkMode: accepted/))
  })
})

describe('once it exists', () => {
  const accepted = parseObject(TaskDefinition, sent(one()), { unknown: 'strict' }).object
  const broken = { ...accepted, spec: { ...accepted.spec, cpu: 'x' } }
  const revision = (over: Fields = {}, status?: Fields) => {
    const spec = { family: 'web', revision: 1, taskDefinition: one(), ...over }
    const whole = {
      apiVersion: 'gantry.dev/v1',
      kind: 'TaskDefinitionRevision',
      metadata: { name: 'web.1' },
      spec,
      status,
    }
    return parseObject(TaskDefinitionRevision, whole, { unknown: 'strict' }).object
  }
  const changes = (next: TaskDefinitionRevision, old?: TaskDefinitionRevision): string[] =>
    TaskDefinitionRevision.validate(next, old).map(({ path }) => path)

  it('a spec is judged when it changes, not when only the status does', () => {
    expect(TaskDefinition.validate(broken, broken)).toEqual([])
    expect(TaskDefinition.validate(broken, accepted)).toHaveLength(1)
  })

  it('a revision does not change', () => {
    expect(changes(revision(), revision())).toEqual([])
    expect(changes(revision({ taskDefinition: one({ image: 'app:2' }) }), revision())).toEqual(['spec.taskDefinition'])
    expect(changes(revision({ revision: 2 }), revision())).toEqual(['spec.revision'])
  })

  it('a revision obeys the rules, under its own path', () => {
    expect(changes(revision({ taskDefinition: one({ memory: 0 }) }))).toEqual([
      'spec.taskDefinition.containerDefinitions[0].memory',
    ])
  })

  it.each([
    { from: 'ACTIVE', to: 'INACTIVE', paths: [] },
    { from: 'INACTIVE', to: 'DELETE_IN_PROGRESS', paths: [] },
    { from: 'INACTIVE', to: 'ACTIVE', paths: ['status.status'] },
    { from: 'DELETE_IN_PROGRESS', to: undefined, paths: ['status.status'] },
  ])('a revision goes from $from to $to: $paths', ({ from, to, paths }) => {
    expect(changes(revision({}, { status: to }), revision({}, { status: from }))).toEqual(paths)
  })
})
