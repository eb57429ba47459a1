/** Logging: JSON lines through pino, as an interface small enough to fake. A line is a constant sentence plus fields. */
import { destination, pino } from 'pino'

export const logLevels = ['error', 'warn', 'info', 'debug', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

type Fields = Readonly<Record<string, unknown>>

/**
 * error: a person must act; warn: degraded, will heal; info: a change a user can see; debug: everything else.
 * Errors go under the key `err`.
 */
export interface Logger {
  error(fields: Fields, sentence: string): void
  warn(fields: Fields, sentence: string): void
  info(fields: Fields, sentence: string): void
  debug(fields: Fields, sentence: string): void
  /** A logger that adds `fields` to every line. */
  child(fields: Fields): Logger
}

const depth = 4
const hidden = '[redacted]'

/** `value` without the data of objects of kind Secret, however they got there. Looks a few levels deep. */
function redacted(value: unknown, levels = depth): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error || levels === 0) return value
  if (Array.isArray(value)) return value.map((one) => redacted(one, levels - 1))
  const object = value as Fields
  if (object.kind === 'Secret') {
    const { name, namespace } = (object.metadata ?? {}) as Fields
    return 'data' in object || 'stringData' in object || 'metadata' in object
      ? { kind: 'Secret', metadata: { name, namespace }, data: hidden }
      : object
  }
  return Object.fromEntries(Object.entries(object).map(([key, one]) => [key, redacted(one, levels - 1)]))
}

/** Fields as they are logged. Objects that are Secrets lose all but their name. */
export const loggedFields = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, redacted(value)]))

/** JSON lines to stderr, written synchronously so that a crash loses none. */
export function stderrLogger(level: LogLevel): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (l) => ({ level: l }), log: loggedFields },
    },
    destination({ dest: 2, sync: true }),
  )
}

/** Says nothing. */
export const silentLogger: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silentLogger,
}
