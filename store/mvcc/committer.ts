/** Group commit: changes that arrive together are decided in order, written at once, and only then become visible. */
import type { Decided, Draft } from './draft.ts'
import type { Append } from './log.ts'

interface Pending {
  /** Decides on a draft; the answer is given by the function it returns, once the draft is on disk. */
  readonly decide: (draft: Draft) => () => void
  readonly reject: (reason: unknown) => void
}

export interface CommitterParts {
  /** Resolves when the changes that arrive together have arrived. */
  readonly gather: () => Promise<void>
  readonly draft: () => Draft
  /** Writes durably, then makes visible. Throws when nothing became visible. */
  readonly commit: (append: Append) => Promise<void>
}

export class Committer {
  readonly #parts: CommitterParts
  #pending: Pending[] = []
  #running: Promise<void> | undefined
  #closed: Error | undefined

  constructor(parts: CommitterParts) {
    this.#parts = parts
  }

  /** A change that is aborted before its group is written was not made. */
  submit<T>(decide: (draft: Draft) => Decided<T>, signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      if (this.#closed !== undefined) return reject(this.#closed)
      this.#pending.push({
        reject,
        decide: (draft) => {
          if (signal.aborted) return () => reject(signal.reason)
          const decided = decide(draft)
          return decided.ok ? () => resolve(decided.value) : () => reject(decided.fault)
        },
      })
      this.#running ??= this.#run()
    })
  }

  /** Refuses what is pending and all that comes; resolves when the group being written is. */
  async close(reason: Error): Promise<void> {
    this.#closed = reason
    for (const { reject } of this.#pending) reject(reason)
    this.#pending = []
    await this.#running
  }

  /** Writes group after group: what arrives while one is being written is the next. */
  async #run(): Promise<void> {
    while (this.#pending.length > 0) {
      await this.#parts.gather()
      await this.#flush()
    }
    this.#running = undefined
  }

  async #flush(): Promise<void> {
    const group = this.#pending
    this.#pending = []
    const draft = this.#parts.draft()
    const answers = group.map(({ decide }) => decide(draft))
    try {
      if (!draft.isEmpty) await this.#parts.commit(draft.append)
    } catch (error) {
      for (const { reject } of group) reject(error)
      return
    }
    for (const answer of answers) answer()
  }
}
