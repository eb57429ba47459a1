import { describe, expect, it } from 'vitest'
import {
  app,
  c0,
  fargate,
  healthCheck,
  one,
  ports,
  problemsOf,
  refused,
  sent,
  two,
  volumes,
  waitsFor,
} from '../../test/builders/task-definition-cases.ts'
import { parseObject } from '../meta/parse.ts'
import { TaskDefinition } from './task-definition.ts'

refused('the task', [
  {
    when: 'secrets without an execution role',
    spec: one({ secrets: [{ name: 'A', valueFrom: 'a' }] }),
    path: 'spec.executionRoleArn',
    says: "must also specify a value for 'executionRoleArn'",
  },
  {
    when: 'an empty role',
    spec: one({}, { taskRoleArn: '' }),
    path: 'spec.taskRoleArn',
    says: 'name or ARN of a role',
  },
  {
    when: 'an unreplaced role',
    spec: one({}, { taskRoleArn: '{{ role }}' }),
    path: 'spec.taskRoleArn',
    says: 'the placeholder {{ role }} was not replaced',
  },
  {
    when: 'a constraint without expression',
    spec: one({}, { placementConstraints: [{ type: 'memberOf' }] }),
    path: 'spec.placementConstraints[0].expression',
    says: 'Required value',
  },
  {
    when: 'a constraint that cannot be read',
    spec: one({}, { placementConstraints: [{ type: 'memberOf', expression: 'zone == a' }] }),
    path: 'spec.placementConstraints[0].expression',
    says: 'cannot be read at character 1',
  },
  {
    when: 'distinctInstance',
    spec: one({}, { placementConstraints: [{ type: 'distinctInstance' }] }),
    path: 'spec.placementConstraints[0].type',
    says: 'memberOf',
  },
  {
    when: 'a proxy that is no container',
    spec: one({}, { networkMode: 'awsvpc', proxyConfiguration: { containerName: 'envoy' } }),
    path: 'spec.proxyConfiguration.containerName',
    says: 'no such container',
  },
  {
    when: 'more than 64 KiB',
    spec: one({ command: ['x'.repeat(66_000)] }),
    path: 'spec',
    says: 'may not be more than 65536 bytes',
  },
  { when: 'a family with a dot', spec: one({}, { family: 'a.b' }), path: 'spec.family', says: 'letters, digits' },
  { when: 'an unknown field', spec: one({ memroy: 1 }), path: `${c0}.memroy`, says: 'did you mean "memory"?' },
])

refused('what is something else', [
  { when: 'a list of containers', spec: [app], path: 'spec', says: 'put the list under spec.containerDefinitions' },
  {
    when: 'the output of Describe',
    spec: { taskDefinition: one() },
    path: 'spec.taskDefinition',
    says: 'directly under spec',
  },
])

describe('accepted', () => {
  it.each([
    { when: 'the least there is', spec: one() },
    { when: 'a task of Fargate', spec: fargate() },
    { when: 'vCPU and GB', spec: fargate({}, { cpu: '.25 vCPU', memory: '0.5 GB' }) },
    { when: 'memory of the task only', spec: one({ memory: undefined }, { memory: '512' }) },
    { when: 'a reservation equal to the limit', spec: one({ memoryReservation: 64 }) },
    { when: 'HEALTHY of a checked container', spec: two(waitsFor('web', 'HEALTHY'), { healthCheck }) },
    {
      when: 'SUCCESS of a container that is not essential',
      spec: two(waitsFor('web', 'SUCCESS'), { essential: false }),
    },
    {
      when: 'dynamic ports in two containers',
      spec: two(ports({ containerPort: 80 }), ports({ containerPort: 80, hostPort: 0 })),
    },
    {
      when: 'one host port for two protocols',
      spec: two(
        ports({ containerPort: 53, hostPort: 53 }),
        ports({ containerPort: 53, hostPort: 53, protocol: 'udp' }),
      ),
    },
    { when: 'an image by digest', spec: one({ image: `repo/app@sha256:${'a'.repeat(64)}` }) },
    { when: 'an image by tag and digest', spec: one({ image: `repo/app:1@sha256:${'a'.repeat(64)}` }) },
    {
      when: 'an empty host volume',
      spec: one({ mountPoints: [{ sourceVolume: 'v', containerPath: '/v' }] }, volumes({ name: 'v', host: {} })),
    },
  ])('$when', ({ spec }) => {
    expect(problemsOf(spec)).toEqual([])
  })

  it('the last of two environment variables of a name, with a warning', () => {
    const environment = [{ name: 'A', value: '1' }, { name: 'B' }, { name: 'A', value: '2' }]
    const { object, warnings } = parseObject(TaskDefinition, sent(one({ environment })), { unknown: 'strict' })
    expect(object.spec.containerDefinitions[0]?.environment).toEqual([
      { name: 'B', value: '' },
      { name: 'A', value: '2' },
    ])
    expect(warnings).toEqual([`dropped repeated items, the last of a name counts: ${c0}.environment`])
  })

  it('members that only Describe has', () => {
    const { warnings } = parseObject(TaskDefinition, sent({ ...one(), revision: 3, status: 'ACTIVE' }), {
      unknown: 'strict',
    })
    expect(warnings).toEqual(['dropped members that only output carries: spec.revision, spec.status'])
  })
})
