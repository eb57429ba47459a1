/** Every number of the agent, with its reason. */
import type { Backoff } from '../../lib/backoff.ts'
import { hours, type Millis, millis, minutes, seconds } from '../../lib/time.ts'

export const agentLimits = {
  /** Container starts at once: what a Docker engine on two cores does fastest (measured in rollouts and scaling: 6 beats 4, 8 is no better). */
  starts: 6,
  /** Stops at once while they wait for processes to leave, which costs the engine nothing. */
  stops: 256,
  /** Stops at once while processes leave quickly, where the engine ends each when its network is down (45 tasks: 4 beat 2, 8 and 64). */
  quickStops: 4,
  /** The same where the engine tells of an end before it takes the network down. */
  quickStopsToldEarly: 64,
  /** A stop that takes longer waits for a process that takes its time. */
  quickStop: seconds(1),
  /** Removals at once: short bursts of file system work. */
  removals: 4,
  /** Tasks whose pass runs at once: a pass waits for one status write at most, never for the engine. */
  passes: 32,
  /** PENDING and STOPPING are written only if they last longer: a normal quick start is one write. */
  quiet: seconds(1),
  /** ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION: so long the containers of a stopped task are there, for their logs. */
  cleanupWait: hours(3),
  /** ECS_CONTAINER_STOP_TIMEOUT. */
  stopTimeout: seconds(30),
  /** ECS: at least so long between SIGTERM and SIGKILL. */
  leastStopTimeout: seconds(1),
  /** Between attempts at a stop, a removal, or a start that met an engine out of reach. */
  engineRetry: { first: millis(500), factor: 2, most: seconds(10) } satisfies Backoff,
  /** Task definition revisions remembered; they are immutable. */
  revisions: 512,
  /** Tags remembered with what they stood for, by service revision. */
  resolvedImages: 512,
  /** Between attempts to pull an image ahead, each of which tries several times by itself. */
  prefetchRetry: { first: seconds(10), factor: 2, most: minutes(5) } satisfies Backoff,
  /** The heartbeat. Lost instances are judged by it. */
  leaseRenewal: seconds(5),
  leaseDuration: seconds(15),
  /** One renewal; the next is due soon after. */
  leaseRequest: seconds(4),
  /** After a renewal that failed: soon again, before the instance is taken for lost. */
  leaseRetry: seconds(1),
  /** After the API was out of reach for so long that the controllers gave up. */
  restart: { first: millis(500), factor: 2, most: seconds(5) } satisfies Backoff,
  /** ECS cuts reasons here. */
  reasonLength: 1024,
  /** Engine containers inspected at once when listing. */
  inspections: 8,
  /** Readers of logs at once. */
  logReaders: 256,
  /** The answer to a reader begins after so long even without output. */
  logSilence: millis(500),
  /** Between looks at a certificate request: it is signed in milliseconds, or waits for somebody. */
  requestPoll: { first: millis(100), factor: 1.5, most: seconds(5) } satisfies Backoff,
  /** After so many looks (some 10 s) the log says that it waits. */
  requestLooks: 10,
  /** Between attempts to renew: the first is due with at least 10 % of its life left. */
  renewalRetry: { first: seconds(2), factor: 2, most: minutes(5) } satisfies Backoff,
  /** Timers hold 24 days at most; and a machine that slept looks at the time again. */
  longestSleep: minutes(60),
  /** Certificate of the log listener; made anew at each start. */
  certificateYears: 10,
} as const

/** How long each engine call may take; ECS's own values where it has some (reference 7.6, 7.7). */
export const engineLimits = {
  info: seconds(10),
  inspect: seconds(30),
  list: seconds(60),
  create: minutes(4),
  start: minutes(3),
  /** Beyond the stop timeout itself. */
  stopExtra: minutes(2),
  kill: seconds(30),
  remove: minutes(5),
  /** A pull that shows no progress for so long is given up... */
  pullIdle: minutes(1),
  /** ...and however well it goes, after this. */
  pull: minutes(120),
  /** What a tag stands for now; after this the image that is here serves. */
  registry: seconds(5),
  pullAttempts: 5,
  pullRetry: { first: millis(1100), factor: 2, most: seconds(5) } satisfies Backoff,
  /** No event for so long: ask the engine whether it is there. */
  eventsIdle: seconds(15),
  ping: seconds(5),
  /** Between attempts to connect to the event stream. */
  reconnect: { first: millis(100), factor: 2, most: seconds(2) } satisfies Backoff,
  /** One start is told at times that differ less, by the clocks that told them; a restart comes 60 s later at least (reference 3.3). */
  sameStart: seconds(30),
  /** Events waiting for the agent to take them; beyond, the stream is cut and the containers are listed again. */
  eventBacklog: 10_000,
} as const

export type EngineLimits = {
  readonly [Name in keyof typeof engineLimits]: (typeof engineLimits)[Name] extends Millis
    ? Millis
    : (typeof engineLimits)[Name]
}
