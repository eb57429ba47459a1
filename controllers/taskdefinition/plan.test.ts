import { describe, expect, it } from 'vitest'
import { conditionOf } from '../../api/meta/conditions.ts'
import type { TaskDefinition, TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { parseTimestamp } from '../../lib/time.ts'
import { aContainer, aTaskDefinition, aTaskDefinitionRevision } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { plan } from './plan.ts'
import { headNameOf, stateOf } from './state.ts'

const now = parseTimestamp(builtAt)

/** The head of image `app:N`, at generation 5, with what its status has seen. */
const head = (image: string, status?: TaskDefinition['status'], family?: string): TaskDefinition =>
  aTaskDefinition({
    spec: { containerDefinitions: [aContainer({ image })], family },
    metadata: { generation: 5 },
    status,
  })
/** `3 app:1 INACTIVE`: revision 3 of the head. */
function revision(text: string, owner: TaskDefinition): TaskDefinitionRevision {
  const [number, image, status] = text.split(' ')
  const taskDefinition = { family: 'web', containerDefinitions: [aContainer({ image })] }
  return aTaskDefinitionRevision({
    owner,
    spec: { revision: Number(number), taskDefinition },
    ...(status === 'DELETE_IN_PROGRESS' ? { metadata: { deletionTimestamp: builtAt } } : {}),
    status: { status: (status ?? 'ACTIVE') as 'ACTIVE' },
  })
}
const seen = { observedGeneration: 5, latestRevision: 2 }

describe('a head', () => {
  it.each([
    { when: 'it is new', status: undefined, has: [], registers: 0 },
    { when: 'it changed', status: { observedGeneration: 4, latestRevision: 1 }, has: ['1 app:1'], registers: 1 },
    { when: 'the status was lost', status: undefined, has: ['1 app:1', '2 app:2'], registers: undefined },
    {
      when: 'its generation changed but not its spec',
      status: { observedGeneration: 4 },
      has: ['1 app:2'],
      registers: undefined,
    },
    {
      when: 'it went back to an older spec',
      status: { observedGeneration: 4 },
      has: ['1 app:2', '2 app:3'],
      registers: 2,
    },
    {
      when: 'it is applied again after it was deregistered',
      status: { observedGeneration: 4 },
      has: ['1 app:2 INACTIVE'],
      registers: 1,
    },
    { when: 'its newest was deregistered', status: seen, has: ['1 app:1', '2 app:2 INACTIVE'], registers: undefined },
    { when: 'its newest was deleted', status: seen, has: ['1 app:1'], registers: undefined },
    { when: 'all were deleted', status: seen, has: [], registers: 2 },
    {
      when: 'all are being deleted',
      status: seen,
      has: ['1 app:1 DELETE_IN_PROGRESS', '2 app:2 DELETE_IN_PROGRESS'],
      registers: 2,
    },
  ])('$when: registers over $registers', ({ status, has, registers }) => {
    const of = head('app:2', status)
    const { register } = plan(
      stateOf(
        of,
        has.map((text) => revision(text, of)),
      ),
      now,
    )
    expect(register?.taken).toBe(registers)
    if (register !== undefined) expect(register.registration).toBe('uid-taskdefinition-web/5')
  })

  it('revisions that an earlier head left take numbers but are not its own', () => {
    const earlier = aTaskDefinition({ metadata: { uid: 'earlier' } })
    const of = head('app:2')
    expect(plan(stateOf(of, [revision('7 app:2', earlier)]), now).register).toMatchObject({ taken: 7 })
  })

  it('fills in the family, without the dots a name may have', () => {
    const spec = (name: string, family?: string) => stateOf(aTaskDefinition({ name, spec: { family } }), []).spec.family
    expect([spec('web'), spec('web.api'), spec('web', 'Web_API')]).toEqual(['web', 'web-api', 'Web_API'])
    expect(headNameOf('web.api.12')).toBe('web.api')
  })

  it('says what is newest, and at rest writes nothing more', () => {
    const of = head('app:2', { observedGeneration: 4 })
    const has = [revision('1 app:1', of), revision('2 app:2', of)]
    const { status, register } = plan(stateOf(of, has), now)
    expect(register).toBeUndefined()
    expect(status).toMatchObject({ observedGeneration: 5, latestRevision: 2, revisionName: 'web.2' })
    expect(conditionOf(status.conditions, 'Ready')).toMatchObject({ status: 'True', message: 'Revision 2 is ACTIVE.' })
    expect(plan(stateOf({ ...of, status }, has), now)).toEqual({ register: undefined, status })
  })

  it('that keeps more or fewer revisions than before makes none', () => {
    const of = head('app:2', { observedGeneration: 4 })
    const keeping = { ...of, spec: { ...of.spec, revisionHistoryLimit: 3 } }
    expect(plan(stateOf(keeping, [revision('1 app:2', of)]), now).register).toBeUndefined()
    expect(plan(stateOf(keeping, []), now).register?.spec).not.toHaveProperty('revisionHistoryLimit')
  })

  it('without an ACTIVE revision is not ready', () => {
    const of = head('app:2', seen)
    const { status } = plan(stateOf(of, [revision('2 app:2 INACTIVE', of)]), now)
    expect(conditionOf(status.conditions, 'Ready')).toMatchObject({ status: 'False', reason: 'NoActiveRevision' })
    expect(status.revisionName).toBeUndefined()
  })

  it('names what has no effect yet', () => {
    const plain = head('app:2', seen)
    const of = { ...plain, spec: { ...plain.spec, networkMode: 'awsvpc' as const } }
    const { status } = plan(stateOf(of, [revision('2 app:2', of)]), now)
    const condition = conditionOf(status.conditions, 'FieldsNotSupported')
    expect(condition).toMatchObject({ status: 'True', message: expect.stringContaining('spec.networkMode') })
    const mended = plan(stateOf({ ...plain, status }, [revision('2 app:2', plain)]), now)
    expect(conditionOf(mended.status.conditions, 'FieldsNotSupported')).toBeUndefined()
  })
})
