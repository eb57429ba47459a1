import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { repainter } from './terminal.ts'

it('writes over what it wrote before, and never wraps', () => {
  const stream = Object.assign(new PassThrough({ encoding: 'utf8' }), { columns: 10 })
  const repaint = repainter(stream)
  const painted = (lines: readonly string[]): unknown => {
    repaint(lines)
    return stream.read()
  }
  const clear = '\u001b[0J'
  expect(painted(['one', 'longer than ten'])).toBe(`${clear}one\nlonger th\n`)
  expect(painted(['a'])).toBe(`\u001b[2A${clear}a\n`)
  expect(painted([])).toBe(`\u001b[1A${clear}`)
  expect(painted(['b'])).toBe(`${clear}b\n`)
})
