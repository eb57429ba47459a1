import { describe, expect, it } from 'vitest'
import type { Kind } from '../../api/meta/kind.ts'
import { controllerReference, type OwnerReference, type Resource } from '../../api/meta/object.ts'
import { Service } from '../../api/v1/service.ts'
import { Task } from '../../api/v1/task.ts'
import { instant, timestamp } from '../../lib/time.ts'
import { aService, aTask } from '../../test/builders/kinds.ts'
import { planDependent, planLeaving, planOrphaning } from './plan.ts'
import type { OwnerState, Thing } from './state.ts'

const t0 = instant(Date.UTC(2026, 0, 2))
const thing = (kind: unknown, object: Resource): Thing => ({ kind: kind as Kind, object })

describe('dependents', () => {
  const reference = (uid: string): OwnerReference => ({ ...controllerReference(aService()), uid })
  const owned = (...states: OwnerState[]) => states.map((state, n) => ({ reference: reference(`u${n}`), state }))
  const task = thing(Task, aTask())
  const leaving = thing(Task, aTask({ metadata: { deletionTimestamp: timestamp(t0), finalizers: ['x'] } }))
  it.each<{ when: string; owners: OwnerState[]; dependents?: boolean; one?: Thing; want: string }>([
    { when: 'no owner', owners: [], want: '' },
    { when: 'all owners present', owners: ['present', 'present'], want: '' },
    { when: 'the only owner gone', owners: ['gone'], want: 'delete Background' },
    { when: 'all owners gone', owners: ['gone', 'gone'], want: 'delete Background' },
    { when: 'one owner gone, one present', owners: ['gone', 'present'], want: 'disown u0' },
    { when: 'one owner leaving, one present', owners: ['present', 'leaving'], want: 'disown u1' },
    { when: 'the owner leaving', owners: ['leaving'], want: 'delete Background' },
    {
      when: 'the owner leaving, and dependents of its own',
      owners: ['leaving'],
      dependents: true,
      want: 'delete Foreground',
    },
    {
      when: 'the owner gone, and dependents of its own',
      owners: ['gone'],
      dependents: true,
      want: 'delete Background',
    },
    { when: 'the owner gone, but being deleted already', owners: ['gone'], one: leaving, want: '' },
  ])('$when', ({ owners, dependents = false, one = task, want }) => {
    const said = planDependent(one, owned(...owners), dependents).map((action) => {
      if (action.do === 'unfinalize') return action.finalizer
      return action.do === 'delete' ? `delete ${action.propagation}` : `disown ${[...action.owners].join()}`
    })
    expect(said.join()).toBe(want)
  })

  it('a leaving owner goes once nothing that blocks it is left', () => {
    const owner = aService()
    const blocking = thing(Task, aTask({ owner }))
    const loose = thing(
      Task,
      aTask({ metadata: { ownerReferences: [{ ...controllerReference(owner), blockOwnerDeletion: false }] } }),
    )
    expect(planLeaving(thing(Service, owner), [blocking, loose])).toEqual([])
    expect(planLeaving(thing(Service, owner), [loose])).toMatchObject([
      { do: 'unfinalize', finalizer: 'foregroundDeletion' },
    ])
  })

  it('an orphaning owner sets its dependents free before it goes', () => {
    const owner = thing(Service, aService())
    expect(planOrphaning(owner, [task])).toMatchObject([{ do: 'disown', thing: task }])
    expect(planOrphaning(owner, [])).toMatchObject([{ do: 'unfinalize', finalizer: 'orphan' }])
  })
})
