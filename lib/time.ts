/** Instants and durations, and their RFC 3339 spelling in resources. */
import type { Brand } from './brand.ts'

/** A duration in milliseconds. */
export type Millis = Brand<number, 'ms'>
/** A point in time: milliseconds since the Unix epoch. */
export type Instant = Brand<number, 'ms since 1970'>

export const millis = (n: number): Millis => n as Millis
export const seconds = (n: number): Millis => (n * 1000) as Millis
export const minutes = (n: number): Millis => (n * 60_000) as Millis
export const hours = (n: number): Millis => (n * 3_600_000) as Millis

export const instant = (epochMillis: number): Instant => epochMillis as Instant
export const plus = (at: Instant, by: Millis): Instant => (at + by) as Instant
/** How long from `from` to `to`; negative when `to` is earlier. */
export const between = (from: Instant, to: Instant): Millis => (to - from) as Millis
/** The first of those that are defined; undefined when none is. */
export function earliest(...instants: readonly (Instant | undefined)[]): Instant | undefined {
  const defined = instants.filter((at) => at !== undefined)
  return defined.length === 0 ? undefined : instant(Math.min(...defined))
}

/** RFC 3339 to the second, as Kubernetes' metav1.Time. */
export const timestamp = (at: Instant): string => `${new Date(at).toISOString().slice(0, 19)}Z`
/** RFC 3339 to the microsecond, as Kubernetes' metav1.MicroTime (milliseconds padded). */
export const microTimestamp = (at: Instant): string => `${new Date(at).toISOString().slice(0, 23)}000Z`
/** RFC 3339 to the millisecond, for ECS timestamps whose order within a second matters. */
export const milliTimestamp = (at: Instant): string => new Date(at).toISOString()
/** As HTTP's headers have it: `Sat, 21 Nov 2026 08:27:59 GMT`. */
export const httpDate = (at: Instant): string => new Date(at).toUTCString()
/** Reads any RFC 3339 timestamp; undefined in, undefined out. The text must have been validated at the door. */
export function parseTimestamp(text: string): Instant
export function parseTimestamp(text: string | undefined): Instant | undefined
export function parseTimestamp(text: string | undefined): Instant | undefined {
  return text === undefined ? undefined : (Date.parse(text) as Instant)
}

/** For libraries that want a Date. */
export const asDate = (at: Instant): Date => new Date(at)
