/** What a Connection sends by: one request and the beginning of its answer. In production HTTPS; in tests without sockets. */

export interface WireRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
  /** The answer goes on for long: its connection is not to be shared. */
  readonly isStream: boolean
}

export interface WireAnswer {
  readonly status: number
  /** By the name in lower case; several of one name are joined by commas. */
  header(name: string): string | undefined
  /** Read once, in pieces as they come. */
  readonly body: AsyncIterable<Uint8Array>
  /** Breaks it off; what reads the body then fails, or ends. */
  end(why?: Error): void
}

export interface Transport {
  /**
   * `signal` holds until the answer is read or ended. Faults: Unavailable when the request was certainly not carried out, Timeout
   * when it may have been; the reason of `signal`.
   */
  send(request: WireRequest, signal: AbortSignal): Promise<WireAnswer>
}
