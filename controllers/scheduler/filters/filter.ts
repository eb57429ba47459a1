/** What a filter is: one reason why an instance cannot take a task. */
import type { InstanceBook } from '../books/instance-book.ts'
import type { Ask, RefusalReason } from '../state.ts'

export interface Filter {
  /** The condition's reason when it refuses. */
  readonly reason: RefusalReason
  /** Whether it has anything to say about such a task. */
  appliesTo(ask: Ask): boolean
  /** Why not, in words that follow a count of instances ("3 short of memory (256 MiB)"); undefined when it may. */
  refuse(ask: Ask, instance: InstanceBook): string | undefined
}
