import { expect, it } from 'vitest'
import {
  clusterArn,
  clusterOf,
  containerArn,
  containerInstanceArn,
  parseArn,
  serviceArn,
  serviceDeploymentArn,
  serviceRevisionArn,
  taskArn,
  taskDefinitionArn,
} from './arn.ts'

const uid = '01234567-89ab-4def-8123-456789abcdef'

it.each([
  [clusterArn('prod'), 'arn:aws:ecs:local:000000000000:cluster/prod'],
  [serviceArn('prod', 'web'), 'arn:aws:ecs:local:000000000000:service/prod/web'],
  [taskArn('prod', uid), 'arn:aws:ecs:local:000000000000:task/prod/0123456789ab4def8123456789abcdef'],
  [
    containerInstanceArn('prod', uid),
    'arn:aws:ecs:local:000000000000:container-instance/prod/0123456789ab4def8123456789abcdef',
  ],
  [
    containerArn('prod', uid, 'c-1'),
    'arn:aws:ecs:local:000000000000:container/prod/0123456789ab4def8123456789abcdef/c-1',
  ],
  [serviceRevisionArn('prod', 'web', '1'), 'arn:aws:ecs:local:000000000000:service-revision/prod/web/1'],
  [serviceDeploymentArn('prod', 'web', 'd1'), 'arn:aws:ecs:local:000000000000:service-deployment/prod/web/d1'],
  [taskDefinitionArn('web', 3), 'arn:aws:ecs:local:000000000000:task-definition/web:3'],
])('%s', (arn, want) => {
  expect(arn).toBe(want)
  expect(parseArn(arn)).toMatchObject({ region: 'local', account: '000000000000' })
})

it.each([
  [
    'arn:aws:ecs:eu-west-1:111111111111:service/prod/web',
    { resource: 'service', names: ['prod', 'web'], region: 'eu-west-1', account: '111111111111' },
  ],
  ['arn:aws-cn:ecs:cn-north-1:1:task/abc', { resource: 'task', names: ['abc'], region: 'cn-north-1', account: '1' }],
  ['arn:aws:iam::1:role/x', undefined],
  ['web', undefined],
])('%s is taken apart', (text, want) => {
  expect(parseArn(text)).toEqual(want)
})

it('a cluster is named by name or ARN', () => {
  expect(clusterOf('prod')).toBe('prod')
  expect(clusterOf(clusterArn('prod'))).toBe('prod')
  expect(clusterOf(serviceArn('prod', 'web'))).toBe(serviceArn('prod', 'web'))
})
