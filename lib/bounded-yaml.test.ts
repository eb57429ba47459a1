import { describe, expect, it } from 'vitest'
import { LineCounter } from 'yaml'
import { boundedYaml } from './bounded-yaml.ts'

const read = (text: string) => [
  ...boundedYaml(text, { depth: 20, tokens: 1000 }, { lineCounter: new LineCounter(), prettyErrors: false }),
]

describe('documents within bounds', () => {
  it.each([
    { when: 'many', text: 'a: 1\n---\n- b\n---\n', want: [{ a: 1 }, ['b'], null] },
    { when: 'none', text: '# nothing\n', want: [] },
    { when: 'nested as deep as may be', text: `${'['.repeat(20)}${']'.repeat(20)}`, want: [expect.any(Array)] },
  ])('are read: $when', ({ text, want }) => {
    expect(read(text).map((part) => ('document' in part ? part.document.toJS() : part))).toEqual(want)
  })
  it('have the positions of their lines', () => {
    const lineCounter = new LineCounter()
    Array.from(boundedYaml('a: |\n  x\n  y\nb: [\n1]\n', { depth: 20, tokens: 1000 }, { lineCounter }))
    expect([4, 5, 9, 13, 18].map((offset) => lineCounter.linePos(offset).line)).toEqual([1, 2, 3, 4, 5])
  })
  it('are not read further than is asked for', () => {
    const parts = boundedYaml('a: 1\n---\n[[[\n---\n[', { depth: 2, tokens: 1000 }, { lineCounter: new LineCounter() })
    const { value } = parts.next()
    expect(value).toMatchObject({ document: { errors: [] } })
  })
})

describe('what is beyond', () => {
  const deep = 'is nested deeper than 20 levels'
  const long = 'has more than 1000 words and signs'
  it.each([
    { what: 'lists in a line', text: '['.repeat(100_000), beyond: deep },
    { what: 'objects in a line', text: '{a: '.repeat(100_000), beyond: deep },
    { what: 'dashes', text: '- '.repeat(100_000), beyond: deep },
    { what: 'keys that are questions', text: '? '.repeat(100_000), beyond: deep },
    { what: 'keys of nothing', text: ': '.repeat(100_000), beyond: deep },
    {
      what: 'lines indented further and further',
      text: Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
      beyond: deep,
    },
    { what: 'documents', text: '---\n'.repeat(100_000), beyond: long },
    { what: 'items', text: `[${'0,'.repeat(100_000)}]`, beyond: long },
    { what: 'line ends', text: '\n'.repeat(100_000), beyond: long },
    { what: 'tags', text: '!a '.repeat(100_000), beyond: long },
    { what: 'comments', text: '#\n'.repeat(100_000), beyond: long },
  ])('ends reading soon: $what', ({ text, beyond }) => {
    const last = read(text).at(-1)
    expect(last).toMatchObject({ beyond })
    expect(last !== undefined && 'offset' in last && last.offset).toBeLessThan(5000)
  })
})
