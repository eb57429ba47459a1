/** Documents of YAML within bounds: what is nested too deep or has too many parts is noticed before it is built. */
import {
  Composer,
  CST,
  type Document,
  type DocumentOptions,
  Lexer,
  type LineCounter,
  type ParseOptions,
  Parser,
  type SchemaOptions,
} from 'yaml'

export interface YamlBounds {
  /** Levels of nesting. */
  readonly depth: number
  /** Words, signs, spaces and line ends of the text: about a million take a second. */
  readonly tokens: number
}

/** A document as it was read, or where and why reading ended early. */
export type YamlPart =
  | { readonly document: Document.Parsed }
  /** `beyond`: `is nested deeper than 500 levels`, in which document (from 1), at which offset into the text. */
  | { readonly beyond: string; readonly number: number; readonly offset: number }

type YamlOptions = ParseOptions & DocumentOptions & SchemaOptions & { readonly lineCounter: LineCounter }

/** The documents of `text`, one at a time: who wants the first only pays for little more. Never throws. */
export function* boundedYaml(text: string, bounds: YamlBounds, options: YamlOptions): Generator<YamlPart, void> {
  const parser = new Parser(options.lineCounter.addNewLine)
  const composer = new Composer(options)
  options.lineCounter.addNewLine(0)
  const beyond = (what: string): YamlPart => ({ beyond: what, number: Math.max(started, 1), offset: parser.offset })
  let tokens = 0
  let started = 0
  let before = ''
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === CST.DOCUMENT || (lexeme === '---' && before !== CST.DOCUMENT)) started++
    before = lexeme
    if (++tokens > bounds.tokens) return yield beyond(`has more than ${bounds.tokens} words and signs`)
    for (const token of parser.next(lexeme)) for (const document of composer.next(token)) yield { document }
    // one level of the stack is the document itself, and one a scalar that is being read
    if (parser.stack.length > bounds.depth + 2) {
      return yield beyond(`is nested deeper than ${bounds.depth} levels`)
    }
  }
  for (const token of parser.end()) for (const document of composer.next(token)) yield { document }
  for (const document of composer.end()) yield { document }
}
