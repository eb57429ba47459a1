/** Warnings of one write, told at its end. */

/** Runs a write and then, whatever came of it, tells its warnings, each once. */
export async function telling<R>(
  options: { readonly warn?: (text: string) => void },
  run: (warn: (text: string) => void) => Promise<R>,
): Promise<R> {
  const texts = new Set<string>()
  try {
    return await run((text) => texts.add(text))
  } finally {
    for (const text of texts) options.warn?.(text)
  }
}
