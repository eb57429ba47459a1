/** Every number of the runtime, with its reason. */
import type { Backoff } from '../../lib/backoff.ts'
import { type Millis, millis, minutes, seconds } from '../../lib/time.ts'

export interface RuntimeLimits {
  /** A watch that showed neither event nor bookmark for so long is dead: bookmarks come once a minute. */
  readonly watchIdle: Millis
  /** A list that takes longer is given up: 10,000 objects take well under a second. */
  readonly list: Millis
  /** However well the watch seems to go, everything is listed again this often: bounds the age of an unknown error. */
  readonly relistAge: Millis
  /** Between attempts to list or watch: quick at first, since most breaks are short, and gentle on a dead server. */
  readonly reconnect: Backoff
  /** All caches must be filled so long after the start. */
  readonly sync: Millis
  /** One reconcile pass; longer means hung: its signal is aborted. */
  readonly reconcile: Millis
  /** Between attempts at a key that failed. */
  readonly retry: Backoff
  /** Between attempts at a key whose write met a newer object: the cache was refreshed, so at once, but no hot loop. */
  readonly conflict: Backoff
  /**
   * After a pass, changes that come in crowds (tasks, in a rollout) wait so long for more: nobody notices a twentieth of a second,
   * and it spares the rollout of 20 tasks a third of its passes, each of which looks at all of them.
   */
  readonly settle: Millis
  /** Different events waiting to be written; beyond, the oldest is dropped. */
  readonly pendingEvents: number
  /** Events remembered in order to count repetitions. */
  readonly knownEvents: number
  /** Kubernetes' spam filter: so many events about one object at once... */
  readonly eventBurst: number
  /** ...and one more each so often. */
  readonly eventRefill: Millis
  /** From so many different messages of one object, type and reason on, events are combined into one... */
  readonly similarEvents: number
  /** ...until nothing like it happened for so long. Both are Kubernetes'. */
  readonly similarFor: Millis
  /** A repeated event is written at most so often. */
  readonly eventRepeat: Millis
  /** One write of an event. */
  readonly eventWrite: Millis
  /** So often an event is tried while the server is away or busy: a minute, with the pauses of `eventRepeat`. */
  readonly eventAttempts: number
}

export const runtimeLimits: RuntimeLimits = {
  watchIdle: seconds(75),
  list: seconds(60),
  relistAge: minutes(30),
  reconnect: { first: millis(100), factor: 2, most: seconds(5) },
  sync: minutes(2),
  reconcile: minutes(5),
  retry: { first: millis(50), factor: 2, most: seconds(10) },
  conflict: { first: millis(1), factor: 3, most: seconds(5) },
  settle: millis(50),
  pendingEvents: 1000,
  knownEvents: 4096,
  eventBurst: 25,
  eventRefill: minutes(5),
  similarEvents: 10,
  similarFor: minutes(10),
  eventRepeat: seconds(5),
  eventWrite: seconds(10),
  eventAttempts: 12,
}

export interface ElectionLimits {
  /** Without a sign of the leader for so long, another takes over. */
  readonly leaseDuration: Millis
  /** The leader stops when its last renewal is so old; the rest until leaseDuration is for requests still on the wire. */
  readonly renewDeadline: Millis
  readonly renewInterval: Millis
  /** How often a candidate looks, at least. A kill is noticed within leaseDuration + retryInterval: 12 s. */
  readonly retryInterval: Millis
}

export const electionLimits: ElectionLimits = {
  leaseDuration: seconds(10),
  renewDeadline: seconds(7),
  renewInterval: seconds(3),
  retryInterval: seconds(2),
}
