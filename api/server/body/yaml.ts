/** YAML as Kubernetes reads and writes it: version 1.1 (`yes` is true), the first document of a stream, sorted keys. */
import { isMap, isScalar, isSeq, LineCounter, stringify, type Tags } from 'yaml'
import { boundedYaml } from '../../../lib/bounded-yaml.ts'
import { Fault } from '../../../lib/errors.ts'
import { limits } from '../limits.ts'

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

/** The first document. Throws YAMLParseError; faults: BadRequest when it is beyond the limits. */
export function readYaml(text: string): ReadYaml {
  const lineCounter = new LineCounter()
  const bounds = { depth: limits.bodyDepth, tokens: limits.yamlTokens }
  const options = { version: '1.1', uniqueKeys: false, customTags, lineCounter } as const
  const { value: part } = boundedYaml(text, bounds, options).next()
  if (part === undefined) return { value: null, repeated: [] }
  if ('beyond' in part) {
    const { line } = lineCounter.linePos(part.offset)
    throw new Fault('BadRequest', `the body ${part.beyond} (line ${line})`)
  }
  const { document: first } = part
  const [error] = first.errors
  if (error !== undefined) throw error
  const repeated: string[] = []
  collectRepeated(first.contents, (key, offset) => {
    if (repeated.length >= limits.repeatedKeys) return
    repeated.push(`line ${lineCounter.linePos(offset).line}: key ${JSON.stringify(key)} already set in map`)
  })
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
