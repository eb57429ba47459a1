/** Makes responses. */

import { limits } from '../limits.ts'
import { jsonAnswer } from './json-answer.ts'
import { asFault, failure } from './status.ts'

export const jsonText = (text: string, status = 200, type = 'application/json'): Response =>
  jsonAnswer(text, status, type)

/** The same of bytes that nobody changes. */
export const jsonBytes = (bytes: Buffer, status = 200): Response => jsonAnswer(bytes, status, 'application/json')

export const json = (value: unknown, status = 200, type?: string): Response =>
  jsonText(JSON.stringify(value), status, type)

export const plain = (text: string, status = 200): Response =>
  new Response(text, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } })

/** Where no resource is: what Kubernetes' router says itself. */
export const pageNotFound = (): Response => plain('404 page not found\n', 404)

/** The Status for anything thrown. */
export function refusal(error: unknown): Response {
  const fault = asFault(error)
  const status = failure(fault)
  const response = json(status, status.code)
  const seconds = status.details?.retryAfterSeconds ?? (status.code === 429 ? 1 : undefined)
  if (seconds !== undefined) response.headers.set('retry-after', String(seconds))
  if (status.code === 401) response.headers.set('www-authenticate', 'Bearer realm="gantry"')
  return withWarnings(response, fault.warnings)
}

/** `299 - "text"`, safe in a header. */
const warningHeader = (text: string): string => {
  const safe = text.replace(/[^\x20-\x7e]/g, '?').slice(0, limits.warningLength)
  return `299 - "${safe.replace(/["\\]/g, '\\$&')}"`
}

/** The single headers of what Headers joined. */
export const splitWarnings = (joined: string): string[] => joined.split(/, (?=299 - ")/)

/** Adds one Warning header a text. */
export function withWarnings(response: Response, texts: readonly string[]): Response {
  for (const text of texts.slice(0, limits.warnings)) response.headers.append('warning', warningHeader(text))
  return response
}
