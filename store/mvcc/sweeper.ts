/** Takes compacted rows out of the log a few at a time, so that no reader or writer waits for a long cleaning. */
import { messageOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { type Revision, revision } from '../store.ts'
import type { AppendOnlyLog } from './log.ts'

/** Rows removed at once: a few milliseconds of SQLite. */
const sweepRows = 1000

export class Sweeper {
  readonly #log: AppendOnlyLog
  readonly #logger: Logger
  #rows: number[] = []
  #compacted = revision(0)
  #running = false
  #closed = false

  constructor(log: AppendOnlyLog, logger: Logger) {
    this.#log = log
    this.#logger = logger
  }

  /** These rows are out of reach since history ends at `compacted`. What is not swept before a crash is found later. */
  add(positions: readonly number[], compacted: Revision): void {
    for (const position of positions) this.#rows.push(position)
    this.#compacted = compacted
    if (!this.#running) void this.#run()
  }

  close(): void {
    this.#closed = true
  }

  async #run(): Promise<void> {
    this.#running = true
    try {
      do {
        await this.#log.gather()
        if (this.#closed) return
        this.#log.forget(this.#rows.splice(0, sweepRows), this.#compacted)
      } while (this.#rows.length > 0)
    } catch (error) {
      this.#logger.warn({ err: messageOf(error) }, 'old history could not be removed from the log')
    } finally {
      this.#running = false
    }
  }
}
