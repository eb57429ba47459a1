/** Recorded kubectl commands as data: what was typed, what the server was asked, what came out. */
import { readFileSync } from 'node:fs'
import type { KubectlVersion } from '../../kubectl-binary.ts'
import { parseExact } from '../trace.ts'

export interface RecordedRequest {
  readonly method: string
  readonly path: string
  readonly query?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly bodyText?: string
  readonly bodyBase64?: string
  readonly status: number
}

/** What the recorder's proxy withheld, as a poorer server would. */
export type Lack =
  | 'protobuf-body'
  | 'protobuf-answer'
  | 'openapi-v2'
  | 'protobuf-openapi-v2'
  | 'openapi-v3'
  | 'aggregated-discovery'

export interface KubectlCase {
  readonly name: string
  readonly note?: string
  readonly argv: readonly string[]
  /** Commands that ran first, unrecorded. */
  readonly before?: readonly string[]
  readonly files?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly user?: 'limited' | 'badtoken'
  readonly serverLacks?: readonly Lack[]
  readonly interruptedAfterSeconds?: number
  readonly requests: readonly RecordedRequest[]
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
  readonly objectAfter?: unknown
}

export const readKubectlCases = (version: KubectlVersion): readonly KubectlCase[] =>
  parseExact(
    readFileSync(new URL(`../data/kubectl/kubectl-${version}.json`, import.meta.url), 'utf8'),
  ) as readonly KubectlCase[]
