import { describe, expect, it } from 'vitest'
import { instant } from '../../../lib/time.ts'
import { victims } from './victims.ts'

/** `a running on one at 3`, `b pending`, `c sick on two`. */
function candidate(text: string) {
  const [name = '', state = ''] = text.split(' ')
  const instance = / on (\w+)/.exec(text)?.[1]
  return {
    name,
    phase: state === 'pending' ? ('pending' as const) : ('running' as const),
    unhealthy: state === 'sick',
    instance,
    createdAt: instant(Number(/ at (\d+)/.exec(text)?.[1] ?? 0)),
  }
}

describe('victims', () => {
  it.each([
    { when: 'not running first', of: ['a running', 'b pending', 'c sick'], order: 'bca' },
    {
      when: 'then from the fullest instance',
      of: ['a running on one', 'b running on two', 'c running on two'],
      order: 'cba',
    },
    {
      when: 'counting what already goes',
      of: ['a running on one', 'b running on one', 'c running on two', 'd running on two'],
      order: 'dbca',
    },
    { when: 'then the newest', of: ['a running at 1', 'b running at 3', 'c running at 2'], order: 'bca' },
    { when: 'then the last by name', of: ['b running', 'c running', 'a running'], order: 'cba' },
    { when: 'unhealthy before fullest', of: ['a running on one', 'b running on one', 'c sick on two'], order: 'cba' },
  ])('$when', ({ of, order }) => {
    const all = of.map(candidate)
    for (let n = 0; n < all.length; n++)
      expect(
        victims(all, n, all)
          .map(({ name }) => name)
          .join(''),
      ).toBe(order.slice(0, n))
  })

  it('all are all, in a stated order, from any order', () => {
    const all = ['a running', 'b pending', 'c sick'].map(candidate)
    for (const given of [all, all.toReversed()])
      expect(victims(given, 3, given).map(({ name }) => name)).toEqual(['b', 'c', 'a'])
  })
  it('other tasks of the service weigh an instance', () => {
    const [a, b] = ['a running on one', 'b running on two'].map(candidate)
    const others = ['x running on one', 'y running on one'].map(candidate)
    if (a === undefined || b === undefined) throw new Error('two candidates')
    expect(victims([a, b], 1, [a, b, ...others])).toEqual([a])
  })
})
