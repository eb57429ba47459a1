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
  readonly commit: (append: Append) => void
}

export class Committer {
  readonly #parts: CommitterParts
  #pending: Pending[] = []
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
      if (this.#pending.length === 1) void this.#parts.gather().then(() => this.#flush())
    })
  }

  /** Refuses what is pending and all that comes. */
  close(reason: Error): void {
    this.#closed = reason
    for (const { reject } of this.#pending) reject(reason)
    this.#pending = []
  }

  #flush(): void {
    const group = this.#pending
    this.#pending = []
    const draft = this.#parts.draft()
    const answers = group.map(({ decide }) => decide(draft))
    try {
      if (!draft.isEmpty) this.#parts.commit(draft.append)
    } catch (error) {
      for (const { reject } of group) reject(error)
      return
    }
    for (const answer of answers) answer()
  }
}
