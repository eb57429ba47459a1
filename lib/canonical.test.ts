import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, digest } from './canonical.ts'
import { eachBounded } from './each-bounded.ts'

describe('canonicalJson', () => {
  it('does not depend on the order of members nor on undefined ones', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe('{"b":[1,{"c":"x","d":null}]}')
    expect(canonicalJson({ a: 1, b: 2 })).toBe(canonicalJson({ b: 2, a: 1 }))
  })
  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

describe('digest', () => {
  it('is 16 hexadecimal digits and repeats', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(digest(text)).toMatch(/^[0-9a-f]{16}$/)
        expect(digest(text)).toBe(digest(text))
      }),
    )
  })
  it('tells 100,000 similar texts apart', () => {
    const seen = new Set(Array.from({ length: 100_000 }, (_, i) => digest(`{"taskDefinition":"web.${i}"}`)))
    expect(seen.size).toBe(100_000)
  })
})

describe('eachBounded', () => {
  const { signal } = new AbortController()
  it('runs at most so many at once and returns in order', async () => {
    let running = 0
    let most = 0
    const work = async (n: number): Promise<number> => {
      running += 1
      most = Math.max(most, running)
      for (let i = 0; i < n % 4; i++) await Promise.resolve()
      running -= 1
      return n * 2
    }
    expect(await eachBounded([5, 2, 9, 4, 1, 3], 3, work, signal)).toEqual([10, 4, 18, 8, 2, 6])
    expect(most).toBe(3)
  })
  it('tries all, then throws the first failure', async () => {
    const tried: number[] = []
    const work = async (n: number): Promise<void> => {
      tried.push(n)
      if (n > 1) throw new Error(`no ${n}`)
    }
    await expect(eachBounded([1, 2, 3, 4], 2, work, signal)).rejects.toThrow('no 2')
    expect(tried).toEqual([1, 2, 3, 4])
  })
  it('starts nothing more once aborted', async () => {
    const controller = new AbortController()
    const tried: number[] = []
    const work = async (n: number): Promise<void> => {
      tried.push(n)
      controller.abort(new Error('enough'))
    }
    await expect(eachBounded([1, 2, 3], 1, work, controller.signal)).rejects.toThrow('enough')
    expect(tried).toEqual([1])
  })
})
