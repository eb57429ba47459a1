import { expect, it } from 'vitest'
import { Servers } from './servers.ts'

const [a, b, c] = ['https://a', 'https://b', 'https://c'].map((text) => new URL(text)) as [URL, URL, URL]

it.each([
  { when: 'nothing failed', left: [], want: a },
  { when: 'the first failed', left: [a], want: b },
  { when: 'the first failed, as many noticed at once', left: [a, a, a], want: b },
  { when: 'one failed that is not asked', left: [c], want: a },
  { when: 'all failed once', left: [a, b, c], want: a },
])('$when', ({ left, want }) => {
  const servers = new Servers([a, b, c])
  for (const one of left) servers.leave(one)
  expect(servers.current).toBe(want)
})

it('stays with the only one', () => {
  const servers = new Servers([a])
  servers.leave(a)
  expect(servers.current).toBe(a)
})
