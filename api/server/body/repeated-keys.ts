/** Finds members that JSON text says twice: parsing keeps the last and forgets that there were more. */
import { limits } from '../limits.ts'

interface Level {
  /** Undefined in an array. */
  readonly seen: Set<string> | undefined
  /** Path of the object or array. */
  readonly path: string
  /** Member or index that is being read; '' before the member is known. */
  at: string | number
}

/**
 * `duplicate field "spec.size"` for each repetition, in order, up to the limits. `text` must be JSON (it was parsed); never throws.
 * Paths are as Kubernetes spells them: `spec.containers[0].name`.
 */
export function repeatedKeys(text: string): readonly string[] {
  const found: string[] = []
  let length = 0
  const levels: Level[] = []
  let index = 0
  const pathOf = ({ seen, path, at }: Level): string =>
    seen === undefined ? `${path}[${at}]` : path === '' ? String(at) : `${path}.${at}`
  while (index < text.length) {
    const level = levels.at(-1)
    switch (text[index]) {
      case '{':
      case '[': {
        const isObject = text[index] === '{'
        levels.push({
          seen: isObject ? new Set() : undefined,
          path: level === undefined ? '' : pathOf(level),
          at: isObject ? '' : 0,
        })
        break
      }
      case '}':
      case ']':
        levels.pop()
        break
      case ',':
        if (level !== undefined) level.at = typeof level.at === 'number' ? level.at + 1 : ''
        break
      case '"': {
        const end = endOfString(text, index)
        if (level?.seen !== undefined && level.at === '' && isKey(text, end)) {
          const key = keyIn(text, index, end)
          level.at = key
          if (level.seen.has(key)) {
            const path = pathOf(level)
            found.push(`duplicate field ${JSON.stringify(path)}`)
            length += path.length
            if (found.length >= limits.repeatedKeys || length > limits.repeatedLength) return found
          }
          level.seen.add(key)
        }
        index = end - 1
        break
      }
      default: // numbers, literals, spaces and colons say nothing about keys
    }
    index++
  }
  return found
}

function keyIn(text: string, start: number, end: number): string {
  const plain = text.slice(start + 1, end - 1)
  return plain.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : plain
}

function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1)
  for (; quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (text[quote - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return quote + 1
  }
  return text.length
}

function isKey(text: string, from: number): boolean {
  let index = from
  while (text[index] === ' ' || text[index] === '\n' || text[index] === '\t' || text[index] === '\r') index++
  return text[index] === ':'
}
