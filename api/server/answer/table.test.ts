import { expect, it } from 'vitest'
import { humanDuration } from '../../../lib/human-duration.ts'
import { millis, seconds } from '../../../lib/time.ts'
import { valueAt } from './json-path.ts'

it.each([
  [-5, '<invalid>'],
  [-1, '0s'],
  [0, '0s'],
  [119, '119s'],
  [120, '2m'],
  [185, '3m5s'],
  [600, '10m'],
  [10799, '179m'],
  [10800, '3h'],
  [3 * 3600 + 60, '3h1m'],
  [8 * 3600, '8h'],
  [47 * 3600, '47h'],
  [48 * 3600, '2d'],
  [50 * 3600, '2d2h'],
  [8 * 86400, '8d'],
  [729 * 86400, '729d'],
  [760 * 86400, '2y30d'],
  [9 * 365 * 86400, '9y'],
])('%i seconds are %s', (n, text) => {
  expect(humanDuration(seconds(n))).toBe(text)
})

it('parts of a second do not count', () => {
  expect(humanDuration(millis(1999))).toBe('1s')
})

const object = {
  metadata: { name: 'a', annotations: { 'x.y/z': 'q' } },
  spec: { list: [{ n: 1 }, { n: 2 }] },
  status: {
    conditions: [
      { type: 'A', status: 'False' },
      { type: 'Ready', status: 'True' },
    ],
  },
}
it.each([
  ['.metadata.name', 'a'],
  ['.spec.list[1].n', 2],
  ['.spec.list[7].n', undefined],
  ['.spec.nothing.below', undefined],
  ['.status.conditions[?(@.type=="Ready")].status', 'True'],
  ['.status.conditions[?(@.type=="Gone")].status', undefined],
  [".metadata.annotations['x.y/z']", 'q'],
  ['.metadata.name.first', undefined],
])('%s is %j', (path, value) => {
  expect(valueAt(object, path)).toBe(value)
})
