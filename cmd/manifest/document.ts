/** Splits a source into its YAML (or JSON) documents and keeps where everything stands. */
import { LineCounter, type Document as YamlDocument } from 'yaml'
import { boundedYaml } from '../../lib/bounded-yaml.ts'
import { beyondBounds } from '../../lib/value-bounds.ts'
import { limits } from '../limits.ts'
import type { Source } from './source.ts'

/** Lines and columns count from 1, as editors do. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** One document of a source. */
export interface ManifestDocument {
  readonly file: string
  /** Counts from 1 within the file. */
  readonly number: number
  readonly value: unknown
  readonly yaml: YamlDocument.Parsed
  /** The position of an offset into the file. */
  positionAt(offset: number): Position
}

/** Something wrong with what the user wrote, and where. */
export interface ManifestProblem {
  readonly file: string
  readonly document: number
  readonly at: Position | undefined
  /** What the object is, once known: `TaskDefinition web`. */
  readonly object?: string
  /** Field path, when it is about a field. */
  readonly path?: string
  readonly message: string
}

/** `FILE:LINE:COLUMN: document N, KIND NAME: PATH: MESSAGE`; what is not known is left out. */
export function problemText({ file, at, document, object, path, message }: ManifestProblem): string {
  const where = at === undefined ? file : `${file}:${at.line}:${at.column}`
  const what = object === undefined ? '' : `, ${object}`
  return `${where}: document ${document}${what}: ${path === undefined || path === '' ? '' : `${path}: `}${message}`
}

export interface ParsedSource {
  readonly documents: readonly ManifestDocument[]
  readonly problems: readonly ManifestProblem[]
}

/** Parses a source. Empty documents are left out, but counted. Anything that is not well-formed is a problem. */
export function parseSource({ file, text }: Source): ParsedSource {
  const lines = new LineCounter()
  const options = { lineCounter: lines, prettyErrors: false, merge: true, version: '1.2' } as const
  const bounds = { depth: limits.manifestDepth, tokens: limits.manifestTokens }
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const documents: ManifestDocument[] = []
  const problems: ManifestProblem[] = []
  let number = 0
  for (const part of boundedYaml(text, bounds, options)) {
    number++
    const refuse = (offset: number | undefined, message: string): void => {
      problems.push({ file, document: number, at: offset === undefined ? undefined : positionAt(offset), message })
    }
    if ('beyond' in part) {
      number = part.number
      refuse(part.offset, `it ${part.beyond}`)
      break
    }
    const { document: yaml } = part
    const start = yaml.contents?.range?.[0]
    if (number > limits.manifestDocuments) {
      refuse(start, `the file has more than ${limits.manifestDocuments} documents`)
      break
    }
    for (const { pos, message } of [...yaml.errors, ...yaml.warnings]) refuse(pos[0], `not valid YAML: ${message}`)
    if (yaml.errors.length > 0) continue
    const value = plainValueOf(yaml)
    if ('problem' in value) refuse(start, value.problem)
    else if (value.of !== null && value.of !== undefined)
      documents.push({ file, number, value: value.of, yaml, positionAt })
  }
  return { documents, problems }
}

/** The plain value; aliases that name no anchor, or that blow up, are only noticed here. */
function plainValueOf(yaml: YamlDocument.Parsed): { readonly of: unknown } | { readonly problem: string } {
  try {
    const value: unknown = yaml.toJS()
    const beyond = beyondBounds(value, { depth: limits.manifestDepth, values: limits.manifestValues })
    return beyond === undefined ? { of: value } : { problem: `it ${beyond}` }
  } catch (error) {
    return { problem: `not valid YAML: ${error instanceof Error ? error.message : String(error)}` }
  }
}
