/** One call to the Docker engine: bounded in time, abortable, its errors in our words. */
import { type Clock, deadline } from '../../../lib/clock.ts'
import { Fault, messageOf } from '../../../lib/errors.ts'
import type { Millis } from '../../../lib/time.ts'
import { orAbort } from '../../runtime/race.ts'
import { type EngineErrorName, EngineFault, timedOut } from './errors.ts'

export interface CallOptions {
  readonly clock: Clock
  readonly limit: Millis
  /** The state it was to reach, for DockerTimeoutError: `created`. */
  readonly transition: string
  /** What a refusal is called. */
  readonly error: EngineErrorName
}

/** An error of dockerode: an HTTP answer has a statusCode, a broken connection a code. */
interface DockerodeError {
  readonly statusCode?: number
  readonly code?: string
  readonly json?: unknown
}

const asDockerode = (error: unknown): DockerodeError =>
  typeof error === 'object' && error !== null ? (error as DockerodeError) : {}

/** The HTTP status that the engine answered with; undefined when it did not answer. */
export const statusOf = (error: unknown): number | undefined => asDockerode(error).statusCode

const broken = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'EACCES',
  'EAGAIN', // a socket whose queue of connections is full
  'ENOTFOUND',
  'ETIMEDOUT',
  'EAI_AGAIN',
])

/** The engine's own sentence, without dockerode's frame around it. */
function detailOf(error: unknown): string {
  const { json } = asDockerode(error)
  if (typeof json === 'object' && json !== null && 'message' in json) return String(json.message)
  return messageOf(error).replace(/^\(HTTP code \d+\) [^-]*- /, '')
}

/** Whether the connection failed rather than the request. */
export const isUnreachable = (error: unknown): boolean => {
  const { code, statusCode } = asDockerode(error)
  if (statusCode !== undefined) return statusCode === 502 || statusCode === 503
  return (code !== undefined && broken.has(code)) || /socket hang up/.test(messageOf(error))
}

/** Translates what dockerode threw. */
export function engineFault(name: EngineErrorName, error: unknown): Fault {
  if (error instanceof Fault) return error
  if (isUnreachable(error))
    return new Fault('Unavailable', `the container engine cannot be reached: ${messageOf(error)}`, { cause: error })
  return new EngineFault(name, detailOf(error), error)
}

/** Makes the call. Expected answers are handled by `request` itself; whatever it throws is translated. */
export async function call<T>(
  { clock, limit, transition, error: name }: CallOptions,
  signal: AbortSignal,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limited = deadline(clock, limit, signal, () => timedOut(transition, limit))
  try {
    return await orAbort(request(limited.signal), limited.signal)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (limited.signal.aborted) throw limited.signal.reason
    throw engineFault(name, error)
  } finally {
    limited.done()
  }
}
