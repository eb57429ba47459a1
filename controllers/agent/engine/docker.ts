/** The Docker engine as an Engine, through dockerode: the only place that knows Docker's API. */
import Docker from 'dockerode'
import type { Clock } from '../../../lib/clock.ts'
import { Fault, messageOf } from '../../../lib/errors.ts'
import type { Logger } from '../../../lib/log.ts'
import type { Random } from '../../../lib/random.ts'
import { type Millis, millis } from '../../../lib/time.ts'
import { orAbort } from '../../runtime/race.ts'
import { agentLimits, type EngineLimits, engineLimits } from '../limits.ts'
import { type CallOptions, call, statusOf } from './docker-calls.ts'
import { containerState, createOptions } from './docker-container.ts'
import { dockerEvents, labelFilter } from './docker-events.ts'
import { dockerImages } from './docker-images.ts'
import { dockerLogs } from './docker-logs.ts'
import type { ContainerSpec, ContainerState, Engine, EngineInfo, LabelFilter } from './engine.ts'
import { EngineFault } from './errors.ts'

export interface DockerEngineOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Default: DOCKER_HOST, else /var/run/docker.sock. */
  readonly socketPath?: string
  readonly limits?: Partial<EngineLimits>
}

/** Docker API versions whose answers we know how to read. */
const oldestApi = '1.24'
const newestApi = '1.48'

const versionNumber = (text: string): number => {
  const [major = 0, minor = 0] = text.split('.').map(Number)
  return major * 1000 + minor
}
const lower = (a: string, b: string): string => (versionNumber(a) <= versionNumber(b) ? a : b)

const architectures: Readonly<Record<string, string>> = { amd64: 'x86_64', aarch64: 'arm64' }

/** Connects lazily: an engine that is not there yet shows as Unavailable from each call until it is. */
export function dockerEngine(options: DockerEngineOptions): Engine {
  const { clock, random, log } = options
  const limits: EngineLimits = { ...engineLimits, ...options.limits }
  const docker = new Docker({
    ...(options.socketPath === undefined ? {} : { socketPath: options.socketPath }),
  })
  let negotiated: Promise<void> | undefined

  const bounded = (limit: Millis, transition: string, error: CallOptions['error']): CallOptions => ({
    clock,
    limit,
    transition,
    error,
  })

  /** Speaks the newest API version that both know; older and newer engines refuse others. */
  async function negotiate(signal: AbortSignal): Promise<void> {
    const { ApiVersion: theirs, MinAPIVersion: least } = await call(
      bounded(limits.ping, 'known', 'CannotInspectContainerError'),
      signal,
      (s) => abortable(unversioned()).version({ abortSignal: s }),
    )
    const chosen = lower(theirs, newestApi)
    if (versionNumber(chosen) < versionNumber(least ?? '1.0') || versionNumber(chosen) < versionNumber(oldestApi))
      throw new EngineFault(
        'CannotInspectContainerError',
        `the engine speaks API ${least} to ${theirs}, Gantry ${oldestApi} to ${newestApi}`,
      )
    modemOf(docker).version = `v${chosen}`
  }
  const unversioned = (): Docker =>
    new Docker({ ...(options.socketPath === undefined ? {} : { socketPath: options.socketPath }) })

  /** Once per engine; tried again after a failure, and whenever the event stream reconnects. */
  async function ready(signal: AbortSignal): Promise<void> {
    negotiated ??= negotiate(new AbortController().signal).catch((error: unknown) => {
      negotiated = undefined
      throw error
    })
    await orAbort(negotiated, signal)
  }
  async function request<T>(how: CallOptions, signal: AbortSignal, work: (s: AbortSignal) => Promise<T>): Promise<T> {
    await ready(signal)
    return call(how, signal, work)
  }
  /** Absence and "already so" are answers, not errors. */
  async function unless<T>(statuses: readonly number[], otherwise: T, work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      const status = statusOf(error)
      if (status !== undefined && statuses.includes(status)) return otherwise
      throw error
    }
  }

  async function inspect(id: string, signal: AbortSignal): Promise<ContainerState | undefined> {
    return request(bounded(limits.inspect, 'inspected', 'CannotInspectContainerError'), signal, (s) =>
      unless(
        [404],
        undefined,
        docker
          .getContainer(id)
          .inspect({ abortSignal: s } as object)
          .then(containerState),
      ),
    )
  }

  return {
    async info(signal): Promise<EngineInfo> {
      const info = (await request(bounded(limits.info, 'known', 'CannotInspectContainerError'), signal, (s) =>
        abortable(docker).info({ abortSignal: s }),
      )) as { ServerVersion: string; NCPU: number; MemTotal: number; OSType: string; Architecture: string }
      return {
        version: info.ServerVersion,
        apiVersion: String(modemOf(docker).version).replace(/^v/, ''),
        cpus: info.NCPU,
        memoryBytes: info.MemTotal,
        osType: info.OSType,
        architecture: architectures[info.Architecture] ?? info.Architecture,
        tellsEndsEarly: versionNumber(info.ServerVersion) < versionNumber('23.0'),
      }
    },

    ...dockerImages({
      docker,
      clock,
      random,
      log,
      limits,
      request: (how, signal, work) => request({ ...how, clock }, signal, work),
    }),

    async create(spec: ContainerSpec, signal) {
      const how = bounded(limits.create, 'created', 'CannotCreateContainerError')
      const id = await request(how, signal, (s) =>
        unless(
          [409],
          undefined,
          docker.createContainer({ ...createOptions(spec), abortSignal: s } as never).then((made) => made.id),
        ),
      )
      if (id !== undefined) return { id, existed: false }
      const existing = await inspect(spec.name, signal)
      // Gone again since the refusal: the caller repeats.
      if (existing === undefined) throw new Fault('Unavailable', `the name ${spec.name} was taken a moment ago`)
      return { id: existing.id, existed: true }
    },

    async start(id, signal) {
      const how = bounded(limits.start, 'running', 'CannotStartContainerError')
      await request(how, signal, async (s) => {
        try {
          await unless([304], undefined, docker.getContainer(id).start({ abortSignal: s }))
        } catch (error) {
          if (statusOf(error) === 404 && /no such container/i.test(messageOf(error)))
            throw new EngineFault('NoSuchContainerError', `container ${id} does not exist`, error)
          throw error
        }
      })
    },

    async stop(id, timeout, signal) {
      const how = bounded(millis(timeout + limits.stopExtra), 'stopped', 'CannotStopContainerError')
      await request(how, signal, (s) =>
        unless([304, 404], undefined, docker.getContainer(id).stop({ t: Math.ceil(timeout / 1000), abortSignal: s })),
      )
    },

    async kill(id, name, signal) {
      await request(bounded(limits.kill, 'stopped', 'CannotStopContainerError'), signal, (s) =>
        unless([404, 409], undefined, docker.getContainer(id).kill({ signal: name, abortSignal: s })),
      )
    },

    async remove(id, signal) {
      await request(bounded(limits.remove, 'removed', 'CannotRemoveContainerError'), signal, async (s) => {
        try {
          await unless([404], undefined, docker.getContainer(id).remove({ force: true, v: true, abortSignal: s }))
        } catch (error) {
          // Whether that removal succeeds is not known: only the next answer tells.
          if (statusOf(error) === 409)
            throw new Fault('Unavailable', `somebody else is removing ${id}`, { cause: error })
          throw error
        }
      })
    },

    async list(labels: LabelFilter, signal) {
      const found = await request(bounded(limits.list, 'listed', 'CannotInspectContainerError'), signal, (s) =>
        docker.listContainers({ all: true, filters: { label: labelFilter(labels) }, abortSignal: s }),
      )
      return inspectAll(
        found.map(({ Id }) => Id),
        (id) => inspect(id, signal),
      )
    },

    inspect,

    events: (labels, signal) =>
      dockerEvents(
        {
          docker,
          clock,
          log,
          limits,
          async negotiate(s) {
            await negotiate(s)
            negotiated = Promise.resolve()
          },
          async ping(s) {
            await call(bounded(limits.ping, 'known', 'CannotInspectContainerError'), s, (inner) =>
              abortable(docker).ping({ abortSignal: inner }),
            )
          },
        },
        labels,
        signal,
      ),

    logs: (id, logOptions, signal) => dockerLogs({ docker, clock, limits, ready, inspect }, id, logOptions, signal),
  }
}

/** These three take an abort signal too, which dockerode's types do not say. */
interface Abortable {
  version(options: { abortSignal: AbortSignal }): Promise<Docker.DockerVersion>
  info(options: { abortSignal: AbortSignal }): Promise<unknown>
  ping(options: { abortSignal: AbortSignal }): Promise<unknown>
}
const abortable = (docker: Docker): Abortable => docker as unknown as Abortable

/** dockerode keeps the version in its modem, which its types hide. */
const modemOf = (docker: Docker): { version?: string } => docker.modem as unknown as { version?: string }

/** Inspects many, a few at a time; those that vanish meanwhile are left out. */
async function inspectAll(
  ids: readonly string[],
  inspect: (id: string) => Promise<ContainerState | undefined>,
): Promise<readonly ContainerState[]> {
  const found: ContainerState[] = []
  const queue = ids.values()
  const worker = async (): Promise<void> => {
    for (const id of queue) {
      const state = await inspect(id)
      if (state !== undefined) found.push(state)
    }
  }
  await Promise.all(Array.from({ length: Math.min(agentLimits.inspections, ids.length) }, worker))
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}
