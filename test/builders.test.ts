/** Every builder makes an object that its kind accepts and that carries what the test said. */
import { describe, expect, it } from 'vitest'
import type { Kind } from '../api/meta/kind.ts'
import { controllerOf, type Resource } from '../api/meta/object.ts'
import { allKinds } from '../api/v1/kinds.ts'
import * as builders from './builders/kinds.ts'

const { aContainer, aService, aServiceRevision, aTask } = builders
const built: readonly Resource[] = [
  builders.aNamespace(),
  builders.aCluster(),
  builders.aTaskDefinition(),
  builders.aTaskDefinitionRevision(),
  aService(),
  aServiceRevision(),
  builders.aServiceDeployment(),
  aTask(),
  builders.aScheduledTask(),
  builders.aContainerInstance(),
  builders.aLease(),
  builders.anEvent(),
]

describe('builders', () => {
  it.each(built.map((object) => ({ kind: object.kind, object })))('$kind is valid', ({ kind: name, object }) => {
    const kind = allKinds.find((k) => k.kind === name) as Kind
    expect(kind.schema.safeParse(object).error).toBeUndefined()
    expect(kind.validate(object, undefined)).toEqual([])
  })

  it('keeps what the test said and defaults the rest', () => {
    const revision = aServiceRevision({ spec: { revision: 4 } })
    const task = aTask({ name: 'web-4-0-1', owner: revision, spec: { containerInstance: 'one' } })
    expect(revision.metadata.name).toBe('web-4')
    expect(controllerOf(task)?.uid).toBe(revision.metadata.uid)
    expect(task.spec).toMatchObject({ containerInstance: 'one', desiredStatus: 'RUNNING', taskDefinition: 'web.1' })
    expect(aContainer({ essential: false }).essential).toBe(false)
  })
})
