/** In which order a namespace is emptied, and what it says meanwhile. */
import { describe, expect, it } from 'vitest'
import type { Kind } from '../../api/meta/kind.ts'
import type { Resource } from '../../api/meta/object.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Lease } from '../../api/v1/core.ts'
import { Service } from '../../api/v1/service.ts'
import { Task } from '../../api/v1/task.ts'
import { instant, seconds, timestamp } from '../../lib/time.ts'
import { aContainerInstance, aLease, aNamespace, aService, aTask } from '../../test/builders/kinds.ts'
import { planDeletions, planStatus } from './plan.ts'
import { remainsOf, type Thing } from './state.ts'

const t0 = instant(seconds(1_000_000))
const thing = (kind: unknown, object: Resource): Thing => ({ kind: kind as Kind, object })
const service = thing(Service, aService())
const task = thing(Task, aTask())
const instance = thing(ContainerInstance, aContainerInstance())
const lease = thing(Lease, aLease())
const going = thing(Service, aService({ metadata: { deletionTimestamp: timestamp(t0), finalizers: ['x'] } }))

describe('deletions', () => {
  it.each([
    { when: 'services first', content: [instance, task, service, lease], want: ['web'] },
    { when: 'and waits for them', content: [instance, task, going, lease], want: [] },
    { when: 'then tasks', content: [instance, task, lease], want: ['web-1-0-1'] },
    { when: 'then instances', content: [instance, lease], want: ['one'] },
    { when: 'then the rest', content: [lease], want: ['container-instance-one'] },
    { when: 'until nothing is left', content: [], want: [] },
  ])('$when', ({ content, want }) => {
    expect(planDeletions(content).map(({ object }) => object.metadata.name)).toEqual(want)
  })
})

describe('conditions', () => {
  const said = (content: readonly Thing[]): readonly string[] =>
    (planStatus(aNamespace(), remainsOf(content), t0)?.conditions ?? []).map(
      ({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`,
    )

  it('name what is left, and its finalizers, in order', () => {
    const held = thing(Task, aTask({ name: 'held', metadata: { finalizers: ['a.b/c', 'a.b/d'] } }))
    expect(said([task, lease, held]).slice(3)).toEqual([
      'NamespaceContentRemaining True SomeResourcesRemain: Some resources are remaining: leases.coordination.k8s.io has 1 resource instances, tasks.gantry.dev has 2 resource instances',
      'NamespaceFinalizersRemaining True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: a.b/c in 1 resource instances, a.b/d in 1 resource instances',
    ])
  })

  it('say when nothing is left, and then change no more', () => {
    expect(said([]).slice(3)).toEqual([
      'NamespaceContentRemaining False ContentRemoved: All content successfully removed',
      'NamespaceFinalizersRemaining False ContentHasNoFinalizers: All content-preserving finalizers finished',
    ])
    const status = planStatus(aNamespace(), remainsOf([]), t0)
    expect(planStatus(aNamespace({ status: status as object }), remainsOf([]), t0)).toBeUndefined()
  })
})
