import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '../../lib/time.ts'
import { aTask } from '../../test/builders/kinds.ts'
import { ageText } from './age.ts'
import { valueAt } from './json-path.ts'
import { withoutManagedFields } from './print.ts'
import { alignRows } from './table.ts'

describe('ageText, as kubectl has it', () => {
  it.each([
    [-5, '0s'],
    [59, '59s'],
    [119, '119s'],
    [120, '2m'],
    [252, '4m12s'],
    [23 * 60 + 5, '23m'],
    [3 * 3600, '3h'],
    [5 * 3600 + 180, '5h3m'],
    [30 * 3600, '30h'],
    [52 * 3600, '2d4h'],
    [40 * 86400, '40d'],
    [800 * 86400, '2y70d'],
  ])('%d seconds are %s', (age, text) => expect(ageText(seconds(age))).toBe(text))
  it('counts whole seconds', () => expect(ageText(minutes(1.999 / 60))).toBe('1s'))
})

describe('valueAt', () => {
  const object = {
    status: {
      n: 0,
      conditions: [
        { type: 'A', status: 'False' },
        { type: 'B', status: 'True' },
      ],
    },
    'a-b': 1,
  }
  it.each([
    ['.status.n', 0],
    ['.status.conditions[1].status', 'True'],
    ['.status.conditions[?(@.type=="B")].status', 'True'],
    ["['a-b']", 1],
    ['.a-b', 1],
    ['.status.nothing.at.all', undefined],
    ['.status.conditions[?(@.type=="C")].status', undefined],
    ['..what', undefined],
  ])('%s', (path, value) => expect(valueAt(object, path)).toBe(value))
})

it('who owns which field is not shown unasked', () => {
  const entry = { manager: 'one', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} }
  const plain = aTask()
  const owned = { ...plain, metadata: { ...plain.metadata, managedFields: [entry] } }
  expect(withoutManagedFields(owned)).toEqual(plain)
})

describe('alignRows', () => {
  it('pads all but the last column', () => {
    expect(
      alignRows([
        ['NAME', 'AGE'],
        ['longer-name', '1s'],
      ]),
    ).toEqual(['NAME          AGE', 'longer-name   1s'])
  })
  it('keeps rows that come later in line', () => {
    const widths: number[] = []
    alignRows([['longer-name', '1s']], widths)
    expect(alignRows([['a', '2s']], widths)).toEqual(['a             2s'])
  })
})
