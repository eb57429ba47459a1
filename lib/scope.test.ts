import { describe, expect, it } from 'vitest'
import { Scope } from './scope.ts'

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

describe('Scope', () => {
  it('aborts and awaits what it started when it is left', async () => {
    const ended: string[] = []
    {
      await using scope = new Scope(new AbortController().signal)
      scope.go('worker', async (signal) => {
        await untilAborted(signal)
        await Promise.resolve()
        ended.push('worker')
      })
    }
    expect(ended).toEqual(['worker'])
  })

  it('ends with the first failure, and takes the rest down', async () => {
    await using scope = new Scope(new AbortController().signal)
    let aborted = false
    scope.go('other', async (signal) => {
      await untilAborted(signal)
      aborted = true
    })
    scope.go('broken', async () => {
      throw new Error('boom')
    })
    await expect(scope.ended).rejects.toThrow('broken: boom')
    expect(scope.signal.aborted).toBe(true)
    await Promise.resolve()
    expect(aborted).toBe(true)
  })

  it('ends without a failure when aborted from outside', async () => {
    const outer = new AbortController()
    await using scope = new Scope(outer.signal)
    scope.go('worker', (signal) => untilAborted(signal).then(() => Promise.reject(new Error('echo of the abort'))))
    outer.abort()
    await expect(scope.ended).resolves.toBeUndefined()
  })
})
