/** Waits for a condition of the world outside the process: of an engine, a server, a program. Nothing in tests sleeps. */
const everyMs = 20

/** Resolves with what `look` finds, as soon as it finds something; asks every 20 ms. Throws after `seconds`, naming `what`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  seconds = 60,
): Promise<T> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) throw new Error(`gave up after ${seconds} s waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
