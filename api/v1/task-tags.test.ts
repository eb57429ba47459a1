import { expect, it } from 'vitest'
import { type TagWishes, tagsOfServiceTask, tagsOfTask } from './task-tags.ts'

const tags = (text: string) =>
  text
    .split(' ')
    .filter((pair) => pair !== '')
    .map((pair) => ({ key: pair.split('=')[0] ?? '', value: pair.split('=')[1] ?? '' }))
const text = (all: readonly { readonly key: string; readonly value?: string | undefined }[]): string =>
  all.map(({ key, value }) => `${key}=${value}`).join(' ')

const own = tags('team=own stage=own')
const ofDefinition = tags('team=definition tier=definition')
const [cluster, service] = ['aws:ecs:clusterName=prod', 'aws:ecs:serviceName=web']

it.each<{ rule: string; wishes: TagWishes; want: string }>([
  { rule: 'ecs-core 5.2: propagateTags is NONE by default', wishes: { tags: own }, want: '' },
  { rule: 'ecs-core 5.2: NONE', wishes: { tags: own, propagateTags: 'NONE' }, want: '' },
  { rule: 'ecs-core 5.2: SERVICE', wishes: { tags: own, propagateTags: 'SERVICE' }, want: 'team=own stage=own' },
  {
    rule: 'ecs-core 5.2: TASK_DEFINITION, of the revision used',
    wishes: { tags: own, propagateTags: 'TASK_DEFINITION' },
    want: 'team=definition tier=definition',
  },
  {
    rule: 'ecs-core 1.7: enableECSManagedTags, cluster and service',
    wishes: { enableECSManagedTags: true },
    want: `${cluster} ${service}`,
  },
  {
    rule: 'ecs-core 1.7, 5.2: both',
    wishes: { tags: own, propagateTags: 'SERVICE', enableECSManagedTags: true },
    want: `team=own stage=own ${cluster} ${service}`,
  },
])('$rule: a service', ({ wishes, want }) => {
  expect(text(tagsOfServiceTask(wishes, { cluster: 'prod', service: 'web', ofDefinition }))).toBe(want)
})

it.each<{ rule: string; wishes: TagWishes; want: string }>([
  { rule: 'ecs-core 2.3: tags', wishes: { tags: own }, want: 'team=own stage=own' },
  {
    rule: 'ecs-core 2.3: propagateTags TASK_DEFINITION, its own win',
    wishes: { tags: own, propagateTags: 'TASK_DEFINITION' },
    want: 'team=own tier=definition stage=own',
  },
  {
    rule: 'ecs-core 1.7: enableECSManagedTags, the cluster alone',
    wishes: { enableECSManagedTags: true },
    want: cluster,
  },
])('$rule: a task of its own', ({ wishes, want }) => {
  expect(text(tagsOfTask(wishes, { cluster: 'prod', ofDefinition }))).toBe(want)
})
