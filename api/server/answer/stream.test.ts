import { expect, it } from 'vitest'
import { seconds } from '../../../lib/time.ts'
import { settle, VirtualClock } from '../../../lib/virtual-clock.ts'
import { limits } from '../limits.ts'
import { streamOf } from './stream.ts'

function aStream() {
  const clock = new VirtualClock()
  const happened: string[] = []
  let made = 0
  async function* pieces(): AsyncGenerator<string, void, void> {
    while (made < 3) yield `piece ${++made}\n`
  }
  const owner = { clock, release: () => happened.push('released'), cut: () => happened.push('cut') }
  return { clock, happened, made: () => made, stream: streamOf(pieces(), owner) }
}

it('makes no more than is read', async () => {
  const { stream, made } = aStream()
  await settle()
  expect(made()).toBe(0)
  const reader = stream.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('piece 1\n')
  await settle()
  expect(made()).toBe(1)
})

it('cuts a reader that hangs', async () => {
  const { stream, clock, happened } = aStream()
  const reader = stream.getReader()
  await reader.read()
  await clock.advance(seconds(59))
  expect(happened).toEqual([])
  await clock.advance(limits.stalled)
  expect(happened).toEqual(['released', 'cut'])
})

it('releases once when it ends, and when its reader leaves', async () => {
  const ended = aStream()
  expect(await new Response(ended.stream).text()).toBe('piece 1\npiece 2\npiece 3\n')
  const left = aStream()
  await left.stream.getReader().cancel()
  expect([ended.happened, left.happened]).toEqual([['released'], ['released']])
  expect([ended.clock.next(), left.clock.next()]).toEqual([undefined, undefined])
})
