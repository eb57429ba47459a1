/** Cases for the rules of task definitions: a small document that breaks one rule, and what the door says of it. */
import { describe, expect, it } from 'vitest'
import type { Kind } from '../../api/meta/kind.ts'
import { parseObject } from '../../api/meta/parse.ts'
import { TaskDefinition } from '../../api/v1/task-definition.ts'
import { Fault } from '../../lib/errors.ts'
import { disagreements } from './cel.ts'

export type Fields = Readonly<Record<string, unknown>>
export const app = { name: 'app', image: 'app:1', memory: 64 }
const web = { name: 'web', image: 'web:1', memory: 64 }

/** A TaskDefinition as a client sends it. */
export const sent = (spec: unknown): unknown => ({
  apiVersion: 'gantry.dev/v1',
  kind: 'TaskDefinition',
  metadata: { name: 'web' },
  spec,
})
/** One container `app`, changed by `container`; the task changed by `task`. */
export const one = (container: Fields = {}, task: Fields = {}): Fields => ({
  containerDefinitions: [{ ...app, ...container }],
  ...task,
})
/** Two containers `app` and `web`. */
export const two = (first: Fields, second: Fields = {}, task: Fields = {}): Fields => ({
  containerDefinitions: [
    { ...app, ...first },
    { ...web, ...second },
  ],
  ...task,
})
/** A task fit for Fargate. */
export const fargate = (container: Fields = {}, task: Fields = {}): Fields =>
  one(container, {
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    executionRoleArn: 'exec',
    ...task,
  })
export const ports = (...portMappings: readonly Fields[]): Fields => ({ portMappings })
export const volumes = (...all: readonly Fields[]): Fields => ({ volumes: all })
export const log = (logDriver: string, options?: Fields): Fields => ({ logConfiguration: { logDriver, options } })
export const waitsFor = (containerName: string, condition: string): Fields => ({
  dependsOn: [{ containerName, condition }],
})
export const healthCheck = { command: ['CMD', 'true'] }

/** Paths of the first and the second container. */
export const c0 = 'spec.containerDefinitions[0]'
export const c1 = 'spec.containerDefinitions[1]'

/** What the door says of a spec, as `path: message`. */
export function problemsOf(spec: unknown): string[] {
  try {
    const { object } = parseObject(TaskDefinition, sent(spec), { unknown: 'strict' })
    expect(disagreements(TaskDefinition as unknown as Kind, object)).toEqual([])
    return TaskDefinition.validate(object, undefined).map(({ path, message }) => `${path}: ${message}`)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return error.problems.filter(({ path }) => path !== '<nil>').map(({ path, message }) => `${path}: ${message}`)
  }
}

interface Refusal {
  readonly when: string
  readonly spec: unknown
  /** The one field that is wrong. */
  readonly path: string
  /** A part of the message. */
  readonly says: string
}

/** A suite in which each document is refused for one reason, at its field. */
export function refused(title: string, cases: readonly Refusal[]): void {
  describe(title, () => {
    it.each(cases)('$when', ({ spec, path, says }) => {
      const problems = problemsOf(spec)
      expect(problems).toHaveLength(1)
      expect(problems[0]?.startsWith(`${path}: `), problems[0]).toBe(true)
      expect(problems[0]).toContain(says)
    })
  })
}
