/** When events are combined: as Kubernetes' own recorder does. */
import { expect, it } from 'vitest'
import { instant, minutes, plus, seconds } from '../../lib/time.ts'
import { SimilarEvents } from './similar-events.ts'

const start = instant(0)
const similar = (limits = {}): SimilarEvents =>
  new SimilarEvents({ similarEvents: 3, similarFor: minutes(10), knownEvents: 100, ...limits })
/** What is combined of messages `after` seconds from the start each. */
const combined = (of: SimilarEvents, said: readonly (readonly [message: string, after: number])[]): readonly string[] =>
  said.flatMap(([message, after]) => (of.combines('group', message, plus(start, seconds(after))) ? [message] : []))

it.each([
  { when: 'few', said: ['a', 'b'], want: [] },
  { when: 'the third is too many', said: ['a', 'b', 'c', 'd'], want: ['c', 'd'] },
  { when: 'repetitions are counted, not combined', said: ['a', 'a', 'a', 'a', 'b', 'b'], want: [] },
  { when: 'what is told one by one goes on so', said: ['a', 'b', 'c', 'b'], want: ['c'] },
])('$when', ({ said, want }) => {
  expect(
    combined(
      similar(),
      said.map((message, at) => [message, at] as const),
    ),
  ).toEqual(want)
})

it('begins anew when nothing like it happened for ten minutes', () => {
  const said = [
    ['a', 0],
    ['b', 0],
    ['c', 600],
    ['d', 1201],
    ['e', 1201],
    ['f', 1201],
  ] as const
  expect(combined(similar(), said)).toEqual(['c', 'f'])
})

it('keeps groups apart', () => {
  const of = similar()
  for (const message of ['a', 'b']) of.combines('one', message, start)
  expect([of.combines('two', 'c', start), of.combines('one', 'c', start)]).toEqual([false, true])
})

it('forgets the groups that were not used for longest', () => {
  const of = similar({ knownEvents: 1 })
  for (const message of ['a', 'b']) of.combines('one', message, start)
  of.combines('two', 'a', start)
  expect(of.combines('one', 'c', start)).toBe(false)
})
