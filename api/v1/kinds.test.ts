import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { isRecord } from '../meta/json.ts'
import { type Schema, structuralSchemaOf } from '../meta/structural.ts'
import { allKinds } from './kinds.ts'

/** Paths of the members that say nothing about themselves. */
function* silent(schema: unknown, path: string): Generator<string> {
  if (!isRecord(schema)) return
  for (const [name, member] of Object.entries((schema.properties ?? {}) as Schema)) {
    const description = (member as Schema).description
    if (typeof description !== 'string' || description === '') yield `${path}.${name}`
    yield* silent(member, `${path}.${name}`)
  }
  yield* silent(schema.items, `${path}[]`)
  yield* silent(schema.additionalProperties, `${path}{}`)
}

describe.each(allKinds.map((kind) => ({ name: kind.kind, kind })))('$name', ({ kind }) => {
  it('says what each of its fields is, as kubectl explain shows it', () => {
    expect([...silent(structuralSchemaOf(kind.schema as z.ZodType), '')]).toEqual([])
  })

  it('says what it is and what its columns are', () => {
    expect(kind.description).toMatch(/\.$/)
    expect(kind.columns.filter(({ description }) => description === '')).toEqual([])
  })

  it('shows its age, and not only to those who ask for more', () => {
    const ages = kind.columns.filter(({ jsonPath }) => jsonPath === '.metadata.creationTimestamp')
    if (kind.group === 'gantry.dev') expect(ages).toMatchObject([{ name: 'Age', type: 'date' }])
    expect(ages.filter(({ priority }) => priority === 1)).toEqual([])
  })
})
