/** The tasks of one cluster that wait for a place: those for one instance first, then oldest first. */
import type { Instant } from '../../../lib/time.ts'
import type { Refusal, Waiting } from '../state.ts'

/** A waiting task and what this process knows about its case. */
export interface Case {
  readonly task: Waiting
  /** The version of the books at which it was last refused; undefined: not tried yet. */
  triedAt: number | undefined
  /** The last refusal. */
  refusal: Refusal | undefined
  /** When this process last wrote its condition. */
  writtenAt: Instant | undefined
}

const isPinned = ({ ask }: Waiting): number => (ask?.pinned === true ? 0 : 1)

/** What may go to one instance alone first (ecs-core 5.11), oldest first, then by name. */
const inTurn = (a: Waiting, b: Waiting): number =>
  isPinned(a) - isPinned(b) ||
  (a.createdAt !== b.createdAt ? (a.createdAt < b.createdAt ? -1 : 1) : a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

/** Finds a case by name, and holds all in order. */
export class WaitingLine {
  readonly #cases = new Map<string, Case>()
  /** The same cases, in order. */
  readonly #line: Case[] = []

  get inOrder(): readonly Case[] {
    return this.#line
  }

  of(name: string): Case | undefined {
    return this.#cases.get(name)
  }

  /** Enters a task; what is known of the same case, if it is there already, stays known. */
  enter(task: Waiting): void {
    const old = this.#cases.get(task.name)
    const isSame = old !== undefined && isSameCase(old.task, task)
    this.leave(task.name)
    const entered: Case = isSame
      ? { ...old, task }
      : { task, triedAt: undefined, refusal: undefined, writtenAt: undefined }
    this.#cases.set(task.name, entered)
    this.#line.splice(this.#place(task), 0, entered)
  }

  leave(name: string): void {
    const left = this.#cases.get(name)
    if (left === undefined) return
    this.#cases.delete(name)
    this.#line.splice(this.#place(left.task), 1)
  }

  /** Where the task is, or belongs, in the line. */
  #place(task: Waiting): number {
    let [low, high] = [0, this.#line.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = this.#line[middle]
      if (at !== undefined && inTurn(at.task, task) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

const isSameCase = (a: Waiting, b: Waiting): boolean =>
  a.uid === b.uid && a.ask?.shape === b.ask?.shape && a.refusal?.message === b.refusal?.message
