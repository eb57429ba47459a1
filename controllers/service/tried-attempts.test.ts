import { expect, it } from 'vitest'
import { aServiceRevision } from '../../test/builders/kinds.ts'
import { TriedAttempts } from './tried-attempts.ts'

const revision = aServiceRevision()
const start = (name: string) => ({ name, revision })
const of = (tried: TriedAttempts) => Object.fromEntries(tried.of('default/web', 'web-1'))

it.each([
  { when: 'nothing was tried', trying: [], made: [], want: {} },
  { when: 'a try has no answer yet, the next has its name', trying: ['web-1-0-2'], made: [], want: { 0: 1 } },
  { when: 'a try was made, the next is another', trying: ['web-1-0-2'], made: ['web-1-0-2'], want: { 0: 2 } },
  { when: 'slots differ', trying: ['web-1-0-2', 'web-1-i-1'], made: ['web-1-i-1'], want: { 0: 1, i: 1 } },
  { when: 'an older try comes late', trying: ['web-1-0-3', 'web-1-0-2'], made: ['web-1-0-2'], want: { 0: 2 } },
])('when $when', ({ trying, made, want }) => {
  const tried = new TriedAttempts()
  tried.trying('default/web', trying.map(start))
  tried.made('default/web', made.map(start))
  expect(of(tried)).toEqual(want)
})

it('forgets what is gone', () => {
  const tried = new TriedAttempts()
  tried.trying('default/web', [start('web-1-0-2')])
  tried.keep('default/web', new Set(['web-1']))
  expect(of(tried)).toEqual({ 0: 1 })
  tried.keep('default/web', new Set(['web-2']))
  expect(of(tried)).toEqual({})
})
