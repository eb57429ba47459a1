/** What happened, in order, with virtual time: the tail is shown when a seed fails. */
import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../../lib/log.ts'
import type { Instant } from '../../lib/time.ts'

export class Trace {
  readonly #lines: string[] = []
  readonly #clock: Clock
  readonly #start: Instant
  readonly #most: number
  readonly #onLine: ((line: string) => void) | undefined

  constructor(
    clock: Clock,
    options: { readonly most: number; readonly onLine?: ((line: string) => void) | undefined },
  ) {
    this.#clock = clock
    this.#start = clock.now()
    this.#most = options.most
    this.#onLine = options.onLine
  }

  get lines(): readonly string[] {
    return this.#lines
  }
  /** Whether somebody reads every line, so that details are worth their time. */
  get verbose(): boolean {
    return this.#onLine !== undefined
  }

  add(who: string, what: string): void {
    const seconds = ((this.#clock.now() - this.#start) / 1000).toFixed(3).padStart(8)
    const line = `${seconds}  ${who.padEnd(18)} ${what}`
    this.#lines.push(line)
    if (this.#lines.length > this.#most * 2) this.#lines.splice(0, this.#lines.length - this.#most)
    this.#onLine?.(line)
  }

  /** A logger of one process that writes here: warnings and errors, and all else when verbose. */
  logger(who: string, fields: object = {}): Logger {
    const say = (level: string) => (more: object, sentence: string) => {
      const { err, ...rest } = { ...fields, ...more } as { err?: unknown }
      const error = err instanceof Error ? ` ${level === 'error' ? (err.stack ?? err.message) : err.message}` : ''
      this.add(who, `[${level}] ${sentence} ${JSON.stringify(rest)}${error}`)
    }
    const details = this.verbose ? say : () => () => undefined
    return {
      error: say('error'),
      warn: say('warn'),
      info: details('info'),
      debug: details('debug'),
      child: (more) => this.logger(who, { ...fields, ...more }),
    }
  }
}
