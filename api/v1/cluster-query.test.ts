import { describe, expect, it } from 'vitest'
import { fulfils, type QueriedInstance } from './cluster-query.ts'
import { parseClusterQuery } from './cluster-query-syntax.ts'

const instance: QueriedInstance = {
  agentConnected: true,
  agentVersion: '1.10.2',
  ec2InstanceId: 'i-1',
  registeredAt: '2018-06-18T22:28:29Z',
  runningTasksCount: 2,
  taskGroups: ['service:production', 'cache'],
  attributes: new Map([
    ['ecs.instance-type', 't2.small'],
    ['ecs.availability-zone', 'us-east-1a'],
    ['ecs.cpu-architecture', 'arm64'],
    ['stack', 'test'],
    ['gpu', ''],
    ['label', 'two words'],
  ]),
}

const holds = (text: string): boolean => {
  const parsed = parseClusterQuery(text)
  if (!parsed.ok) throw new Error(`${parsed.at}: ${parsed.expected}`)
  return fulfils(parsed.query, instance)
}

describe('the examples of the reference, and what they rest on', () => {
  it.each([
    ['attribute:ecs.instance-type == t2.small', true],
    ['attribute:ecs.instance-type equals t2.micro', false],
    ['attribute:ecs.instance-type =~ t2.*', true],
    ['attribute:ecs.instance-type =~ t2', false],
    ['attribute:ecs.instance-type !~ t3.*', true],
    ['attribute:ecs.instance-type =~ (t2|t3)\\.(small|large)', true],
    ['attribute:ecs.availability-zone in [us-east-1a, us-east-1b]', true],
    ['attribute:ecs.availability-zone not_in [us-east-1b]', true],
    ['attribute:ecs.availability-zone !in [us-east-1a]', false],
    ['attribute:stack exists', true],
    ['attribute:gpu exists', true],
    ['attribute:nope exists', false],
    ['attribute:nope !exists', true],
    ['attribute:nope not_exists', true],
    ['attribute:stack != prod', true],
    ['attribute:nope != prod', false],
    ['attribute:nope !in [prod]', false],
    ['attribute:nope !~ prod', false],
    ['attribute:label == "two words"', true],
    ["attribute:label == 'two words'", true],
    [
      '(attribute:ecs.instance-type == t2.micro or attribute:ecs.instance-type == t2.small) and attribute:ecs.availability-zone != us-east-1d',
      true,
    ],
    ['task:group == service:production', true],
    ['task:group != database', true],
    ['not(task:group == database)', true],
    ['!(task:group == cache)', false],
    ['agentConnected == true', true],
    ['agentVersion < 1.14.5', true],
    ['agentVersion > 1.9', true],
    ['agentVersion == 1.10.2', true],
    ['runningTasksCount <= 2', true],
    ['runningTasksCount greater_than 2', false],
    ['registeredAt > 2018-06-18T22:28:28+00:00', true],
    ['registeredAt > 2018-06-18T22:28:29', false],
    ['registeredAt less_than 2018-06-19', true],
    ['ec2InstanceId in [i-1]', true],
    ['attribute:ecs.cpu-architecture == arm64 and not(attribute:legacy exists)', true],
    ['attribute:stack == prod or attribute:stack == test and attribute:gpu exists', true],
    ['(attribute:stack == test or attribute:gpu exists) && attribute:nope exists', false],
    ['attribute:stack==test||attribute:nope exists', true],
  ])('%s: %s', (text, want) => {
    expect(holds(text)).toBe(want)
  })
})

describe('what cannot be read says where and why', () => {
  it.each([
    ['', 0, 'attribute:NAME'],
    ['zone == a', 0, 'attribute:NAME'],
    ['attribute: == a', 0, 'attribute:NAME'],
    ['attribute:a', 11, 'one of the operators'],
    ['attribute:a is b', 12, 'one of the operators'],
    ['attribute:a > b', 12, 'one of the operators'],
    ['runningTasksCount exists', 18, 'one of the operators == != > >= < <='],
    ['runningTasksCount == many', 21, 'a whole number'],
    ['registeredAt > yesterday', 15, 'a time such as'],
    ['attribute:a ==', 14, 'a value'],
    ['attribute:a in b', 15, '"[" and a list'],
    ['attribute:a in [b', 17, '"," or "]"'],
    ['(attribute:a exists', 19, '")"'],
    ['attribute:a exists)', 18, '"and", "or" or the end'],
    ['attribute:a exists attribute:b exists', 19, '"and", "or" or the end'],
    ['attribute:a =~ [', 15, 'a regular expression'],
    [`${'('.repeat(100)}attribute:a exists`, 50, 'at most 50 levels'],
  ])('%s', (text, at, expected) => {
    expect(parseClusterQuery(text)).toEqual({ ok: false, at, expected: expect.stringContaining(expected) })
  })
})
