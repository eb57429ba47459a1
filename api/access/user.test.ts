import { describe, expect, it } from 'vitest'
import { containerInstanceOf, containerInstanceUser, serviceAccountOf, serviceAccountUser } from './user.ts'

describe('names of users', () => {
  it.each([
    { name: serviceAccountUser('prod', 'ci').name, want: { namespace: 'prod', name: 'ci' } },
    { name: 'system:serviceaccount:prod', want: undefined },
    { name: 'system:serviceaccount:prod:ci:more', want: undefined },
    { name: 'jane', want: undefined },
  ])('$name is the service account $want', ({ name, want }) => {
    expect(serviceAccountOf(name)).toEqual(want)
  })

  it('an agent needs both the name and the group', () => {
    const agent = containerInstanceUser('prod', 'one')
    expect(containerInstanceOf(agent)).toEqual({ namespace: 'prod', name: 'one' })
    expect(containerInstanceOf({ ...agent, groups: ['system:authenticated'] })).toBeUndefined()
    expect(containerInstanceOf({ ...agent, name: 'system:container-instance:prod:' })).toBeUndefined()
  })
})
