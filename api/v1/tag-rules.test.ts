import { expect, it } from 'vitest'
import { tagProblems, taskTagProblems } from './tag-rules.ts'

const many = (n: number) => Array.from({ length: n }, (_, i) => ({ key: `k${i}` }))
const managed = [{ key: 'aws:ecs:clusterName' }, { key: 'aws:ecs:serviceName' }]

it.each([
  {
    rule: 'ecs-core 1.7: aws: is reserved',
    tags: [{ key: 'aws:x' }],
    of: ['spec.tags[0].key'],
    ofTask: ['spec.tags[0].key'],
  },
  {
    rule: 'ecs-core 1.7: in any case',
    tags: [{ key: 'ok' }, { key: 'AwS:x' }],
    of: ['spec.tags[1].key'],
    ofTask: ['spec.tags[1].key'],
  },
  { rule: 'ecs-core 1.7: the prefix alone', tags: [{ key: 'awsome' }, { key: 'x:aws:' }], of: [], ofTask: [] },
  {
    rule: 'ecs-core 1.7: managed tags are of tasks',
    tags: managed,
    of: ['spec.tags[0].key', 'spec.tags[1].key'],
    ofTask: [],
  },
  { rule: 'ecs-core 1.7: 50', tags: many(50), of: [], ofTask: [] },
  {
    rule: 'ecs-core 1.7: reserved ones are not counted',
    tags: [...many(50), ...managed].slice(0, 51),
    of: ['spec.tags[50].key'],
    ofTask: [],
  },
  { rule: 'ecs-core 1.7: 51', tags: many(51), of: [], ofTask: ['spec.tags'] },
  { rule: 'none', tags: undefined, of: [], ofTask: [] },
])('$rule', ({ tags, of, ofTask }) => {
  const bad = (problems: ReturnType<typeof tagProblems>) => problems.map(({ path }) => path)
  expect([bad(tagProblems(tags, 'spec.tags')), bad(taskTagProblems(tags, 'spec.tags'))]).toEqual([of, ofTask])
})
