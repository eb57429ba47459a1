/** Finds where a field path stands in a document, so that an error can name line and column. */
import { isMap, isNode, isPair, isScalar, isSeq, type Node, type Pair } from 'yaml'
import type { ManifestDocument, Position } from './document.ts'

/**
 * The position of `path` (`spec.containerDefinitions[0].image`): of its key, or of its item in a list. Where the path
 * leads to something that is not written down (a missing field), the position of the deepest part that is.
 */
export function locate(document: ManifestDocument, path: string): Position | undefined {
  let at: Node | Pair | null = document.yaml.contents
  let offset = offsetOf(at)
  let rest = path
  while (rest !== '') {
    const next = stepInto(nodeOf(at), rest)
    if (next === undefined) break
    at = next.into
    offset = offsetOf(at) ?? offset
    rest = next.rest
  }
  return offset === undefined ? undefined : document.positionAt(offset)
}

interface Step {
  readonly into: Node | Pair
  readonly rest: string
}

function stepInto(node: Node | null, path: string): Step | undefined {
  if (isSeq(node)) {
    const [whole, digits] = /^\[(\d+)\]\.?/.exec(path) ?? []
    const item = digits === undefined ? undefined : node.items[Number(digits)]
    return whole !== undefined && (isNode(item) || isPair(item))
      ? { into: item, rest: path.slice(whole.length) }
      : undefined
  }
  if (!isMap(node)) return undefined
  // Keys may hold dots (annotations), so the keys that are there decide how the path is cut: the longest that fits.
  const fitting = node.items
    .map((pair) => ({ pair, rest: restAfter(path, keyText(pair)) }))
    .filter((step): step is { pair: (typeof node.items)[number]; rest: string } => step.rest !== undefined)
    .sort((a, b) => a.rest.length - b.rest.length)[0]
  return fitting === undefined ? undefined : { into: fitting.pair as Pair, rest: fitting.rest }
}

/** What follows `key` in `path`, spelled `key`, `[key]` or `["key"]`; undefined when the path does not start with it. */
function restAfter(path: string, key: string): string | undefined {
  for (const spelling of [key, `[${key}]`, `["${key}"]`]) {
    if (!path.startsWith(spelling)) continue
    const rest = path.slice(spelling.length)
    if (rest === '' || rest.startsWith('[')) return rest
    if (rest.startsWith('.')) return rest.slice(1)
  }
  return undefined
}

const keyText = (pair: Pair): string => (isScalar(pair.key) ? String(pair.key.value) : String(pair.key))
const nodeOf = (at: Node | Pair | null): Node | null =>
  isPair(at) ? (isNode(at.value) ? at.value : null) : isNode(at) ? at : null

function offsetOf(at: Node | Pair | null): number | undefined {
  if (isPair(at)) return isNode(at.key) ? at.key.range?.[0] : undefined
  return at?.range?.[0]
}
