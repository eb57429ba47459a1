/**
 * Which events are so many and so alike that one stands for them: Kubernetes' aggregation. Alike are those of one object,
 * type and reason; they differ in their messages.
 */
import { between, type Instant } from '../../lib/time.ts'
import type { RuntimeLimits } from './limits.ts'
import { trim } from './trim.ts'

interface Group {
  /** Messages that are told one by one, oldest first; fewer than `similarEvents`. */
  readonly messages: Set<string>
  last: Instant
}

export class SimilarEvents {
  readonly #limits: Pick<RuntimeLimits, 'similarEvents' | 'similarFor' | 'knownEvents'>
  /** Least recently used first; bounded by knownEvents. */
  readonly #groups = new Map<string, Group>()

  constructor(limits: Pick<RuntimeLimits, 'similarEvents' | 'similarFor' | 'knownEvents'>) {
    this.#limits = limits
  }

  /** Takes note of an event of the group; whether it is to be combined with those before. */
  combines(group: string, message: string, now: Instant): boolean {
    const { similarEvents, similarFor, knownEvents } = this.#limits
    const before = this.#groups.get(group)
    const isRecent = before !== undefined && between(before.last, now) <= similarFor
    const { messages } = isRecent ? before : { messages: new Set<string>() }
    this.#groups.delete(group)
    this.#groups.set(group, { messages, last: now })
    trim(this.#groups, knownEvents)
    messages.add(message)
    if (messages.size < similarEvents) return false
    const [oldest = message] = messages
    messages.delete(oldest)
    return true
  }
}
