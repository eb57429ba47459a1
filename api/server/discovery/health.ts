/** The health endpoints: `/livez`, `/readyz`, `/healthz`, each with its checks below it and `?verbose`. */
import { type Clock, deadline } from '../../../lib/clock.ts'
import { Fault, messageOf } from '../../../lib/errors.ts'
import type { Registry } from '../../registry/registry.ts'
import { pageNotFound, plain } from '../answer/answer.ts'
import { limits } from '../limits.ts'

type Check = (signal: AbortSignal) => Promise<void>

export interface HealthParts {
  readonly registry: Registry
  readonly clock: Clock
  /** When it aborts, the server is no longer ready. */
  readonly signal: AbortSignal
}

/** Answers a path below one of the endpoints; undefined for all other paths. */
export type Health = (path: string, query: URLSearchParams, signal: AbortSignal) => Promise<Response | undefined>

export function healthEndpoints({ registry, clock, signal: server }: HealthParts): Health {
  const ping: Check = async () => {}
  const store: Check = async (signal) => {
    const [kind] = registry.kinds
    await registry.ready(signal)
    if (kind !== undefined) await registry.list(kind, { limit: 1 }, signal)
  }
  const shutdown: Check = async () => {
    if (server.aborted) throw new Fault('Unavailable', 'the server is stopping')
  }
  const endpoints: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
    // a store that is away is no reason to restart the server, which would not bring it back
    livez: { ping },
    healthz: { ping },
    readyz: { ping, store, shutdown },
  }

  /** Why it fails; undefined when it does not. */
  async function failureOf(check: Check, signal: AbortSignal): Promise<string | undefined> {
    const limit = deadline(clock, limits.ready, signal, () => new Fault('Timeout', 'no answer in time'))
    try {
      await check(limit.signal)
      return undefined
    } catch (error) {
      return messageOf(error)
    } finally {
      limit.done()
    }
  }

  return async (path, query, signal) => {
    const [, endpoint = '', name, ...more] = path.split('/')
    const checks = Object.hasOwn(endpoints, endpoint) ? endpoints[endpoint] : undefined
    if (checks === undefined) return undefined
    if (name === undefined) return all(endpoint, checks, query, signal)
    const check = Object.hasOwn(checks, name) && more.length === 0 ? checks[name] : undefined
    if (check === undefined) return pageNotFound()
    const failure = await failureOf(check, signal)
    return failure === undefined ? plain('ok') : plain(`internal server error: ${failure}\n`, 500)
  }

  async function all(
    endpoint: string,
    checks: Readonly<Record<string, Check>>,
    query: URLSearchParams,
    signal: AbortSignal,
  ): Promise<Response> {
    const excluded = new Set(query.getAll('exclude'))
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => {
        if (excluded.delete(name)) return { line: `[+]${name} excluded: ok`, failed: false }
        const failure = await failureOf(check, signal)
        return failure === undefined
          ? { line: `[+]${name} ok`, failed: false }
          : { line: `[-]${name} failed: ${failure}`, failed: true }
      }),
    )
    const unmatched = [...excluded].map((name) => JSON.stringify(name)).join(', ')
    const warning = unmatched === '' ? [] : [`warn: some health checks cannot be excluded: no matches for ${unmatched}`]
    const failed = results.some((result) => result.failed)
    if (!failed && !query.has('verbose')) return plain('ok')
    const last = failed ? `${endpoint} check failed` : `${endpoint} check passed`
    const text = [...results.map(({ line }) => line), ...warning, last].join('\n')
    return plain(`${text}\n`, failed ? 500 : 200)
  }
}

/** Where health endpoints are, for the list of all paths. */
export const healthPaths: readonly string[] = [
  ...['/healthz', '/healthz/ping', '/livez', '/livez/ping'],
  ...['/readyz', '/readyz/ping', '/readyz/shutdown', '/readyz/store'],
]
