/** The recorded traces as data. Integers beyond 2^53 are kept, as bigint. */
import { readFileSync } from 'node:fs'

export interface TraceRequest {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[]>>
  readonly headers?: Readonly<Record<string, string>>
  readonly user?: 'limited' | 'anonymous' | 'badtoken'
  readonly body?: unknown
  readonly bodyText?: string
  readonly bodyBase64?: string
  /** Opens a watch by that name. */
  readonly watch?: string
}

export interface TraceResponse {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: unknown
  readonly bodyText?: string
  readonly bodyBase64?: string
  readonly connectionClosed?: boolean
}

export interface Expectation {
  readonly watch: string
  readonly events: readonly unknown[]
  readonly ended?: boolean
  /** `1s`. */
  readonly nothingMoreFor?: string | number
}

export interface TraceStep {
  readonly note?: string
  readonly request?: TraceRequest
  readonly response?: TraceResponse
  readonly expect?: Expectation
  readonly close?: { readonly watch: string }
}

export interface TraceCase {
  readonly name: string
  readonly note?: string
  readonly steps: readonly TraceStep[]
}

/** The topics of the API server, one file each. */
export const topics = [
  'a-discovery',
  'b1-crud',
  'b2-delete',
  'b3-validation',
  'c-list',
  'd-watch',
  'e-patch',
  'f-apply',
  'g-core',
  'h-auth',
] as const
export type Topic = (typeof topics)[number]

type Source = { readonly source?: string }

/** JSON with whole numbers that a double cannot hold as bigint. */
export const parseExact = (text: string): unknown =>
  JSON.parse(text, (_, value: unknown, context?: Source) =>
    typeof value === 'number' &&
    !Number.isSafeInteger(value) &&
    context?.source !== undefined &&
    /^-?\d+$/.test(context.source)
      ? BigInt(context.source)
      : value,
  )

type RawJson = (text: string) => unknown
const rawJson = (JSON as unknown as { readonly rawJSON: RawJson }).rawJSON

/** The inverse of `parseExact`. */
export const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? rawJson(String(one)) : one))

export const readCases = (topic: Topic): readonly TraceCase[] =>
  parseExact(readFileSync(new URL(`data/${topic}.json`, import.meta.url), 'utf8')) as readonly TraceCase[]
