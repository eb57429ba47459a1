/** What the agent needs of a container engine. docker.ts and fake.ts both pass test/conformance/engine.ts. */
import type { Instant, Millis } from '../../../lib/time.ts'

export interface EngineInfo {
  readonly version: string
  readonly apiVersion: string
  /** Processors the engine may use. */
  readonly cpus: number
  readonly memoryBytes: number
  /** `linux`. */
  readonly osType: string
  /** As ECS spells it: `x86_64` or `arm64`. */
  readonly architecture: string
  /** It tells that a container died before it takes its network down (Docker before 23.0, moby#41698). */
  readonly tellsEndsEarly: boolean
}

export interface ImageInfo {
  readonly id: string
  /** `sha256:...` by which the image's own repository knows it; undefined when it did not come from there. */
  readonly digest: string | undefined
}

export interface PublishedPort {
  readonly containerPort: number
  readonly protocol: 'tcp' | 'udp'
  /** 0 lets the engine choose one. */
  readonly hostPort: number
}

/** A health check, in milliseconds. */
export interface HealthProbe {
  /** `['CMD', ...]` or `['CMD-SHELL', line]`. */
  readonly command: readonly string[]
  readonly interval: Millis
  readonly timeout: Millis
  readonly retries: number
  readonly startPeriod: Millis
}

/** A path of the machine that a container sees; made when it is not there. */
export interface Mount {
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
}

/** A container to create. Absent members keep the image's or the engine's default. */
export interface ContainerSpec {
  /** Unique on the engine: a second create of one name is refused. */
  readonly name: string
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
  /** `NAME=value`. */
  readonly environment: readonly string[]
  readonly entryPoint?: readonly string[]
  readonly command?: readonly string[]
  readonly workingDirectory?: string
  readonly user?: string
  readonly hostname?: string
  /** Relative weight. */
  readonly cpuShares?: number
  /** Most CPU time it may use, in processors: 1.5. */
  readonly cpuLimit?: number
  readonly memoryBytes?: number
  readonly memoryReservationBytes?: number
  readonly networkMode: 'bridge' | 'host' | 'none'
  readonly ports: readonly PublishedPort[]
  readonly mounts?: readonly Mount[]
  readonly privileged?: boolean
  readonly readonlyRootFilesystem?: boolean
  readonly interactive?: boolean
  readonly pseudoTerminal?: boolean
  readonly healthCheck?: HealthProbe
  readonly stopTimeout: Millis
}

export type EngineHealth = 'none' | 'starting' | 'healthy' | 'unhealthy'

/** A container as the engine has it. */
export interface ContainerState {
  readonly id: string
  readonly name: string
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
  readonly status: 'created' | 'running' | 'exited'
  readonly startedAt: Instant | undefined
  readonly finishedAt: Instant | undefined
  /** Defined when exited after having run. */
  readonly exitCode: number | undefined
  readonly outOfMemory: boolean
  readonly health: EngineHealth
  /** Host ports that are really bound, IPv4 only. */
  readonly ports: readonly PublishedPort[]
}

export type EngineEvent =
  /** The stream begins, or has a gap: whatever was known is to be listed again. Comes first, and after each reconnect. */
  | { readonly type: 'resync' }
  | { readonly type: 'started'; readonly id: string; readonly at: Instant }
  | { readonly type: 'died'; readonly id: string; readonly at: Instant; readonly exitCode: number }
  | { readonly type: 'outOfMemory'; readonly id: string }
  | { readonly type: 'health'; readonly id: string; readonly health: EngineHealth }
  | { readonly type: 'removed'; readonly id: string }

/** Labels a container must have; an empty value means: any. */
export type LabelFilter = Readonly<Record<string, string>>

export interface LogOptions {
  readonly follow?: boolean
  /** Only the last so many lines. */
  readonly tail?: number
  readonly since?: Instant
  /** Each line begins with its time. */
  readonly timestamps?: boolean
}

export interface LogChunk {
  readonly stream: 'stdout' | 'stderr'
  readonly data: Uint8Array
}

/**
 * All calls end within a time limit. Faults: Unavailable when the engine cannot be reached (whether the call took effect
 * is unknown; every call may be repeated), an EngineFault (errors.ts) with ECS's name for everything else.
 */
export interface Engine {
  info(signal: AbortSignal): Promise<EngineInfo>
  /**
   * Makes sure that the image is present; `onPull` is called when it is not and a pull begins. Pulls of one image are
   * shared. Faults: CannotPullContainerError.
   */
  ensureImage(image: string, onPull: () => void, signal: AbortSignal): Promise<ImageInfo>
  /**
   * What the registry has for the tag of an image that is here and came from there; undefined when that is not so, and when
   * the registry does not say.
   */
  registryDigest(image: string, signal: AbortSignal): Promise<string | undefined>
  /** If a container of this name exists already, that one is returned as it is. Faults: CannotCreateContainerError. */
  create(spec: ContainerSpec, signal: AbortSignal): Promise<{ readonly id: string; readonly existed: boolean }>
  /** Starting what runs is no error. Faults: CannotStartContainerError, NoSuchContainerError. */
  start(id: string, signal: AbortSignal): Promise<void>
  /** The image's stop signal, then SIGKILL after `timeout`; returns when it stopped. Unknown or stopped is no error. */
  stop(id: string, timeout: Millis, signal: AbortSignal): Promise<void>
  /** Sends a signal. Unknown or stopped is no error. */
  kill(id: string, name: 'SIGKILL' | 'SIGTERM', signal: AbortSignal): Promise<void>
  /**
   * Removes a container, running or not, with its anonymous volumes: once this resolves it is gone. Unknown is no error. Faults:
   * Unavailable while somebody else removes it.
   */
  remove(id: string, signal: AbortSignal): Promise<void>
  /** All containers with these labels, running or not, in full. */
  list(labels: LabelFilter, signal: AbortSignal): Promise<readonly ContainerState[]>
  /** Undefined when it does not exist. */
  inspect(id: string, signal: AbortSignal): Promise<ContainerState | undefined>
  /** What happens to containers with these labels; heals itself and lasts until the signal aborts (then it throws). */
  events(labels: LabelFilter, signal: AbortSignal): AsyncIterable<EngineEvent>
  /** Output of a container, also of one that stopped. Ends with the container when following. */
  logs(id: string, options: LogOptions, signal: AbortSignal): AsyncIterable<LogChunk>
}
