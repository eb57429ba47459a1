/** Which known word a misspelt one was meant to be. */
import { limits } from './limits.ts'

/** Edits between two words: insert, delete, replace, swap two neighbours. */
function distance(a: string, b: string): number {
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

/** The known word closest to `word` (case and separators aside) if it is close enough to be meant; ties by order. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > limits.guessedLength) return undefined
  const bare = (text: string): string => text.toLowerCase().replace(/[-_]/g, '')
  const wanted = bare(word)
  let best: { readonly word: string; readonly edits: number } | undefined
  for (const candidate of known) {
    const edits = distance(wanted, bare(candidate))
    if (best === undefined || edits < best.edits) best = { word: candidate, edits }
  }
  if (best !== undefined && best.edits <= Math.max(1, Math.floor(wanted.length * 0.34))) return best.word
  const related = known.filter((candidate) => wanted.length > 3 && bare(candidate).includes(wanted))
  return related.length === 1 ? related[0] : undefined
}
