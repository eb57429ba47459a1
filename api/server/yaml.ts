/** YAML as Kubernetes reads and writes it: version 1.1 (`yes` is true), the first document of a stream, sorted keys. */
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, stringify, type Tags } from 'yaml'

/** Kubernetes' own parser knows none of these: times stay strings, and 22:22 is no number in base 60. */
const foreign: ReadonlySet<string> = new Set(['timestamp', 'binary', 'omap', 'pairs', 'set'])
const customTags = (tags: Tags): Tags =>
  tags.filter(
    (tag) =>
      typeof tag === 'string' || (tag.format !== 'TIME' && !foreign.has(tag.tag.slice(tag.tag.lastIndexOf(':') + 1))),
  )

export interface ReadYaml {
  readonly value: unknown
  /** `line 7: key "color" already set in map`, once for each; the last of them counts. */
  readonly repeated: readonly string[]
}

/** The first document. Throws YAMLParseError. */
export function readYaml(text: string): ReadYaml {
  const lineCounter = new LineCounter()
  const documents = parseAllDocuments(text, { version: '1.1', uniqueKeys: false, customTags, lineCounter })
  const first = 'empty' in documents ? undefined : documents[0]
  if (first === undefined) return { value: null, repeated: [] }
  const [error] = first.errors
  if (error !== undefined) throw error
  const repeated: string[] = []
  collectRepeated(first.contents, (key, offset) =>
    repeated.push(`line ${lineCounter.linePos(offset).line}: key ${JSON.stringify(key)} already set in map`),
  )
  return { value: first.toJS(), repeated }
}

function collectRepeated(node: unknown, tell: (key: string, offset: number) => void): void {
  if (isSeq(node)) for (const item of node.items) collectRepeated(item, tell)
  if (!isMap(node)) return
  const seen = new Set<string>()
  for (const { key, value } of node.items) {
    if (isScalar(key)) {
      const text = String(key.value)
      if (seen.has(text)) tell(text, key.range?.[0] ?? 0)
      seen.add(text)
    }
    collectRepeated(value, tell)
  }
}

/** A value as YAML that readers of 1.1 and 1.2 understand alike. */
export const writeYaml = (value: unknown): string =>
  stringify(value, {
    version: '1.1',
    sortMapEntries: true,
    indentSeq: false,
    lineWidth: 0,
    aliasDuplicateObjects: false,
  })
