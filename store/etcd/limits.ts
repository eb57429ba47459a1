/** Every number of the etcd backend, with its unit and why it is what it is. */
import type { Backoff } from '../../lib/backoff.ts'
import { millis, seconds } from '../../lib/time.ts'

export const etcdLimits = {
  /** One unary call: a healthy etcd answers in milliseconds, an election takes about a second. */
  callDeadline: seconds(5),
  /** A watch stream that says nothing for so long, though asked, is dead. */
  watchIdle: seconds(15),
  /** In one idle limit the server is asked for a sign of life so often (and once more than it may miss). */
  probesPerIdle: 3,
  /** Responses read ahead of a slow consumer, then the stream is paused and etcd waits for us. */
  watchReadAhead: 64,
  /** Keys of one range request: some megabytes, so that decoding does not hold up the rest of the process. */
  listPage: 1000,
  /** How often a list that named no revision starts anew when compaction overtakes it. */
  listRestarts: 3,
  /** etcd refuses pings more often than every 5 s (its --grpc-keepalive-min-time). */
  keepaliveTime: seconds(10),
  keepaliveTimeout: seconds(5),
  /** gRPC's own reconnecting: quick, since one address is tried by few clients. */
  reconnectFirst: millis(100),
  reconnectMost: millis(500),
} as const

/** Between two streams of a watch. */
export const watchBackoff: Backoff = { first: millis(50), factor: 2, most: seconds(2) }
