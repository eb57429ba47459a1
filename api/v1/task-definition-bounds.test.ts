/** Rules compare the items of lists that are within their bounds; of longer ones the bound is told, at no cost. */
import { describe, expect, it } from 'vitest'
import { Fault } from '../../lib/errors.ts'
import {
  app,
  c0,
  type Fields,
  healthCheck,
  one,
  ports,
  problemsOf,
  sent,
} from '../../test/builders/task-definition-cases.ts'
import { parseObject } from '../meta/parse.ts'
import { rulesNotChecked } from '../meta/problems.ts'
import { limits } from './limits.ts'
import { TaskDefinition } from './task-definition.ts'

const times = <T>(count: number, item: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => item(i))
const mappings = (count: number): Fields => ports(...times(count, (i) => ({ containerPort: i + 1 })))
/** Each waits for the next. */
const chain = (count: number): Fields => ({
  containerDefinitions: times(count, (i) => ({
    ...app,
    name: `c${i}`,
    dependsOn: i + 1 < count ? [{ containerName: `c${i + 1}`, condition: 'START' }] : [],
  })),
})
const waits = (count: number): Fields => ({
  dependsOn: times(count, () => ({ containerName: 'none', condition: 'START' })),
})

/** All that the door says, also that rules were not asked. */
function refusal(spec: unknown): readonly string[] {
  try {
    parseObject(TaskDefinition, sent(spec), { unknown: 'strict' })
  } catch (error) {
    if (error instanceof Fault) return error.problems.map(({ path, message }) => `${path}: ${message}`)
    throw error
  }
  throw new Error('accepted')
}
const notAsked = `${rulesNotChecked.path}: ${rulesNotChecked.message}`

describe('over a bound, rules are not asked', () => {
  it.each([
    {
      when: 'a mapping more than there may be',
      spec: one(mappings(limits.portMappings + 1)),
      want: [`${c0}.portMappings: Too many: 101: must have at most 100 items`],
    },
    {
      when: '20,000 port mappings',
      spec: one(mappings(20_000)),
      want: [`${c0}.portMappings: Too many: 20000: must have at most 100 items`],
    },
    {
      when: 'a container more than there may be',
      spec: chain(11),
      want: ['spec.containerDefinitions: Too many: 11: must have at most 10 items'],
    },
    {
      when: 'a chain of 16,000 containers',
      spec: chain(16_000),
      want: ['spec.containerDefinitions: Too many: 16000: must have at most 10 items'],
    },
    {
      when: 'a dependency more than there may be, and none that is there',
      spec: one(waits(limits.dependencies + 1)),
      want: [`${c0}.dependsOn: Too many: 21: must have at most 20 items`],
    },
    {
      when: 'a wrong value beside it: both are told',
      spec: one({ ...mappings(101), cpu: -1 }),
      want: [
        `${c0}.cpu: Invalid value: -1: ${c0}.cpu in body should be greater than or equal to 0`,
        `${c0}.portMappings: Too many: 101: must have at most 100 items`,
      ],
    },
  ])('$when', ({ spec, want }) => {
    expect(refusal(spec)).toEqual([...want, notAsked])
  })
})

describe('within its bounds, rules speak', () => {
  it.each([
    { when: 'as many port mappings as there may be', spec: one(mappings(limits.portMappings)), want: [] },
    { when: 'as many containers as there may be', spec: chain(10), want: [] },
    {
      when: 'a port twice among as many as there may be',
      spec: one({ portMappings: [...times(99, (i) => ({ containerPort: i + 1 })), { containerPort: 7 }] }),
      want: [`${c0}.portMappings[99]: Duplicate value: {"containerPort":7,"protocol":"tcp"}`],
    },
    {
      when: 'a value that is not allowed, and beside it a broken rule',
      spec: one({ cpu: -1, healthCheck: { ...healthCheck, retries: 11 }, ...waits(1) }),
      want: [
        `${c0}.cpu: Invalid value: -1: ${c0}.cpu in body should be greater than or equal to 0`,
        `${c0}.healthCheck.retries: Invalid value: 11: ${c0}.healthCheck.retries in body should be less than or equal to 10`,
        `${c0}.dependsOn[0].containerName: Not found: "none": Cannot depend on container + 'none' because it does not exist`,
      ],
    },
  ])('$when', ({ spec, want }) => {
    expect(problemsOf(spec)).toEqual(want)
  })
})
