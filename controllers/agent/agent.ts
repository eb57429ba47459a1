/** The agent of one container instance: joins its parts and runs them. */
import type { ResourceClient } from '../../api/client/client.ts'
import { backoffDelay } from '../../lib/backoff.ts'
import { type Clock, sleep } from '../../lib/clock.ts'
import { isFault } from '../../lib/errors.ts'
import type { ListenAddress } from '../../lib/listening.ts'
import type { Logger } from '../../lib/log.ts'
import { type Random, randomSuffix } from '../../lib/random.ts'
import { Scope } from '../../lib/scope.ts'
import type { Millis } from '../../lib/time.ts'
import type { Controller, Deps } from '../runtime/controller.ts'
import { runControllers } from '../runtime/run.ts'
import { attributesOf } from './attributes.ts'
import { type AgentParts, agentController } from './controller.ts'
import type { Engine, EngineInfo } from './engine/engine.ts'
import { heartbeat } from './heartbeat.ts'
import { Images } from './images.ts'
import { containersOf } from './labels.ts'
import { agentLimits } from './limits.ts'
import { type LogServer, startLogServer } from './log-server.ts'
import { Memory } from './memory.ts'
import { Operations } from './operations.ts'
import { type PrefetchOptions, prefetchController } from './prefetch.ts'
import { Prefetches } from './prefetches.ts'
import { type Registration, registrationController } from './registration.ts'
import { Revisions } from './revisions.ts'
import { Room } from './room.ts'
import { EngineView } from './view.ts'

export interface AgentOptions {
  /** Name of the container instance; the same after a restart, or its tasks count as lost. */
  readonly name: string
  /** The cluster, which is a namespace. */
  readonly cluster: string
  readonly zone?: string
  /** CPU units offered; default: all of the engine's processors. */
  readonly cpu?: number
  /** MiB offered; default: all of the engine's memory. */
  readonly memory?: number
  /** Custom attributes. */
  readonly attributes?: Readonly<Record<string, string>>
  /** How long the containers of a stopped task are kept; default 3 h. */
  readonly taskCleanupWait?: Millis
  /** Container starts at once; default `agentLimits.starts`. */
  readonly concurrency?: number
  /** Where to serve logs; port 0 picks one. Needs `clientCa`. Default: not at all. */
  readonly listen?: ListenAddress
  /** PEM of the authority whose clients may read logs. */
  readonly clientCa?: string
  readonly version?: string
}

export interface Agent {
  readonly client: ResourceClient
  readonly engine: Engine
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly options: AgentOptions
  /** Called once, when the API has the instance with all that the machine offers: tasks can be placed from then on. */
  readonly onReady?: () => void
}

/** Reference 3.3: ssh, Docker's two ports and the ECS agent's own. */
const reservedPorts = [22, 2375, 2376, 51678, 51679]

/**
 * Runs the agent until `signal` aborts, then returns and leaves all containers as they are: the next agent of this name
 * finds them by their labels. Survives an API server or an engine that is out of reach. What it throws is a refusal that
 * no retry mends (Forbidden, Unauthorized), an address it cannot listen on, or a bug.
 */
export async function runAgent(agent: Agent, signal: AbortSignal): Promise<void> {
  try {
    await run(agent, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function run(agent: Agent, signal: AbortSignal): Promise<void> {
  const { client, engine, clock, random, options } = agent
  const log = agent.log.child({ containerInstance: options.name })
  const info = await engineInfo(agent, signal)
  const resources = {
    cpu: options.cpu ?? info.cpus * 1024,
    memory: options.memory ?? Math.floor(info.memoryBytes / 2 ** 20),
    ports: reservedPorts,
    portsUdp: [],
  }
  const identity = `${options.name}-${randomSuffix(random)}`
  const listeners = new Set<(taskKey: string) => void>()
  const wake = (taskKey: string): void => {
    for (const listener of listeners) listener(taskKey)
  }
  const view = new EngineView(clock, wake, () => operations.retryNow())
  const memory = new Memory()
  const room = new Room(resources)

  await using scope = new Scope(signal)
  const starts = options.concurrency ?? agentLimits.starts
  const images = new Images(engine)
  const quickStops = info.tellsEndsEarly ? agentLimits.quickStopsToldEarly : agentLimits.quickStops
  const operations = new Operations({ engine, images, view, memory, clock, log, scope, starts, quickStops, wake })
  const parts: AgentParts = {
    namespace: options.cluster,
    instance: options.name,
    cleanupWait: options.taskCleanupWait ?? agentLimits.cleanupWait,
    view,
    operations,
    memory,
    room,
    revisions: new Revisions(client),
    seen: new Map(),
    ready: view.ready.then(() => {
      for (const { state, owner } of view.all()) if (state.status === 'running') room.hold(owner.taskUid, owner.demand)
    }),
    wake,
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const pulls = new Set<() => void>()
  const prefetches = new Prefetches({
    images,
    clock,
    log,
    scope,
    wake() {
      for (const heard of pulls) heard()
    },
  })
  const ahead: PrefetchOptions = {
    namespace: options.cluster,
    name: options.name,
    prefetches,
    listen(heard) {
      pulls.add(heard)
      return () => void pulls.delete(heard)
    },
  }
  const logs = await logServer(agent, view, scope)
  const registration: Registration = {
    namespace: options.cluster,
    name: options.name,
    resources,
    attributes: attributesOf(info, options.zone, options.attributes ?? {}),
    versionInfo: { agentVersion: options.version ?? 'dev', dockerVersion: info.version },
    agentEndpoint: logs?.endpoint,
    onRegistered: once(agent.onReady ?? (() => undefined)),
  }
  scope.go('engine events', (s) => view.follow(engine, containersOf(options.cluster, options.name), s))
  scope.go('heartbeat', (s) =>
    heartbeat({ client, clock, log, namespace: options.cluster, name: options.name, identity }, s),
  )
  const make = (deps: Deps): readonly Controller[] => [
    registrationController(deps, registration),
    agentController(deps, parts),
    prefetchController(deps, ahead),
  ]
  scope.go('controllers', (s) => controllers({ ...agent, log }, identity, make, s))
  await scope.ended
}

/** `call`, but only the first time. */
function once(call: () => void): () => void {
  let called = false
  return () => {
    if (called) return
    called = true
    call()
  }
}

/** Runs the controllers again whenever they gave up because the API was out of reach. */
async function controllers(
  { client, clock, random, log }: Agent,
  identity: string,
  make: (deps: Deps) => readonly Controller[],
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 1; ; failures += 1) {
    try {
      await runControllers(
        {
          client,
          clock,
          random,
          log,
          identity,
          component: 'gantry-agent',
          make,
        },
        signal,
      )
      return
    } catch (error) {
      signal.throwIfAborted()
      if (!isFault(error, 'Unavailable', 'Timeout')) throw error
      log.warn({ err: error }, 'the API is out of reach; tasks keep running')
      await sleep(clock, backoffDelay(agentLimits.restart, failures), signal)
    }
  }
}

/** Waits for an engine that is not there yet. */
async function engineInfo({ engine, clock, log }: Agent, signal: AbortSignal): Promise<EngineInfo> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await engine.info(signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!isFault(error, 'Unavailable', 'Timeout')) throw error
      if (failures === 1) log.warn({ err: error }, 'waiting for the container engine')
      await sleep(clock, backoffDelay(agentLimits.engineRetry, failures), signal)
    }
  }
}

async function logServer(
  { engine, options, log, clock }: Agent,
  view: EngineView,
  scope: Scope,
): Promise<LogServer | undefined> {
  const { listen, clientCa } = options
  if (listen === undefined || clientCa === undefined) return undefined
  const server = await startLogServer({ engine, view, log, clock, namespace: options.cluster, listen, clientCa })
  scope.go('log server', (s) => server.run(s))
  return server
}
