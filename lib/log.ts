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

/** JSON lines to stderr, written synchronously so that a crash loses none. */
export function stderrLogger(level: LogLevel): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (l) => ({ level: l }) } },
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
