/** Many asynchronous steps with a limit on how many are under way. */

/**
 * Runs `work` for each item, at most `most` at once, in order of start. All are tried even when some fail; then the first
 * failure, in order of items, is thrown. Returns the results in order of items.
 */
export async function eachBounded<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T, signal: AbortSignal) => Promise<R>,
  signal: AbortSignal,
): Promise<readonly R[]> {
  const results: PromiseSettledResult<R>[] = new Array(items.length)
  let next = 0
  const lane = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) {
      signal.throwIfAborted()
      const [result] = await Promise.allSettled([work(items[i] as T, signal)])
      results[i] = result
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, lane))
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}
