/** Every bound of the API server. */
import { millis, minutes, seconds } from '../../lib/time.ts'

export const limits = {
  /** Bytes of a request body; Kubernetes' own limit. */
  requestBytes: 3 * 1024 * 1024,
  /** Levels of nesting of a body: every walk over an object recurses. No kind of ours comes near. */
  bodyDepth: 500,
  /** Members and items in a body, those that YAML refers to by an alias each time: two bytes can spell one, and a write walks
   * over all of them many times. No object that the store can hold needs so many. */
  bodyValues: 200_000,
  /** Words and signs in YAML, of which the parser reads a million in a second; it is single-threaded like all else here. */
  yamlTokens: 500_000,
  /** Members said twice that one answer names, and characters of all their paths; Kubernetes' own number. */
  repeatedKeys: 100,
  repeatedLength: 100_000,
  /** Milliseconds since 1970 of the first and last time that RFC 3339 can say: the years 1 and 9999. */
  protobufTimes: [-62_135_596_800_000, 253_402_300_799_999],
  /** Requests answered at once, watches and followed logs not counted; more get 429. Kubernetes: 400 + 200. */
  inFlight: 600,
  /** Of these, requests of one user: half, so that a slow or greedy client leaves room. */
  userInFlight: 300,
  /** Requests a second of one user, and how many may come at once after a pause; a controller of many objects needs tens. */
  userRate: 500,
  userBurst: 1000,
  /** Users whose share is remembered; those with nothing to remember are forgotten first. */
  usersKnown: 10_000,
  /** Lines of the audit log that wait for the disk; more are dropped and counted. A line has some 400 bytes. */
  auditWaiting: 20_000,
  /** Lines written at once. */
  auditBatch: 1000,
  /** Pause after the audit log could not be written. */
  auditRetry: seconds(1),
  /** Watches and followed logs open at once. */
  streams: 10_000,
  /** A request that is not a stream is given up after this; Kubernetes' own. */
  request: seconds(60),
  /** A watch without timeoutSeconds ends after this, up to twice it, so that clients spread over servers. Kubernetes' own. */
  watchLeast: minutes(30),
  /** The longest timeoutSeconds that a watch may ask for. */
  watchMost: minutes(120),
  /** Answers of more bytes are compressed for clients that want it, so hard. Kubernetes' own. */
  compressFrom: 128 * 1024,
  compression: 1,
  /** Bytes that a watch writes at a time: what one connection may hold up in memory. */
  watchPiece: 256 * 1024,
  /** Between two writes to one watch: little beside a round trip, and 100 watchers of 1,000 changes a second cost a tenth. */
  watchGap: millis(10),
  /** A client of a stream that takes no byte for this long is cut off. */
  stalled: seconds(60),
  /** Bytes of a request's head, its URL among them: long selectors and many groups to act for fit, and little else needs more. */
  headerBytes: 64 * 1024,
  /** Time to send the head of a request, and the whole of it. */
  headers: seconds(15),
  wholeRequest: seconds(60),
  handshake: seconds(10),
  /** How often connections are checked for those two. */
  checking: seconds(5),
  /** Connections at once; each costs memory, and a watch keeps one. */
  connections: 12_000,
  /** A connection without requests is closed after this; longer than clients keep theirs. */
  keepAlive: seconds(75),
  /** Streams get this long to end in good order when the server stops; then connections are cut. */
  closing: seconds(3),
  /** How long /readyz waits for the store. */
  ready: seconds(2),
  /** Warnings of one answer, and characters of each: headers are bounded, by Kubernetes to 4 KiB of warnings. */
  warnings: 32,
  warningLength: 400,
} as const
