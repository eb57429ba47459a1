/**
 * A small container engine in memory with a life of its own, on an injected clock: for tests and the simulation. The
 * object is the machine: it outlives the agents that use it. Containers behave as their environment says
 * (fake-script.ts).
 */
import { withDigest } from '../../../api/v1/container-images.ts'
import { type Clock, sleep } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/errors.ts'
import { type Millis, millis, timestamp } from '../../../lib/time.ts'
import { orAbort } from '../../runtime/race.ts'
import type {
  ContainerSpec,
  ContainerState,
  Engine,
  EngineEvent,
  LabelFilter,
  LogChunk,
  PublishedPort,
} from './engine.ts'
import { EngineFault } from './errors.ts'
import { EventQueue } from './event-queue.ts'
import { FakeContainer } from './fake-container.ts'

export interface FakeEngineOptions {
  readonly clock: Clock
  /** Processors; default 4. */
  readonly cpus?: number
  /** Default 8 GiB. */
  readonly memoryBytes?: number
  /** Images that are there from the start; all others are pulled. */
  readonly images?: readonly string[]
  /** What the registry has for a tag now; default: nobody knows. */
  readonly registryDigest?: (image: string) => string | undefined
  /** How long a pull takes; default 0. */
  readonly pullTakes?: Millis
  /** Why an image cannot be pulled, if so; default: those with `missing` in their name. */
  readonly unpullable?: (image: string) => string | undefined
}

/** What only a test may do to the machine. */
export interface FakeEngine extends Engine {
  /** All containers as they are now, in order of creation. */
  containers(): readonly ContainerState[]
  /** Whether the image is there, by the name under which it was pulled. */
  hasImage(image: string): boolean
  /** Every process dies at once and all containers are gone: the machine was wiped. */
  wipe(): void
  /** Every process dies; the containers stay, as after a power cut. */
  powerCut(): void
  /** While down, every call faults with Unavailable and event streams are cut; containers live on. */
  setDown(down: boolean): void
  /** A process ends as if killed from outside. */
  killContainer(id: string): void
  /** Faults to throw from the next calls, by method name. */
  failNext(method: 'create' | 'start' | 'stop' | 'remove', fault: Fault): void
}

const firstDynamicPort = 32_768
const lastDynamicPort = 60_999
const eventBacklog = 10_000

const carries = (state: { readonly labels: Readonly<Record<string, string>> }, filter: LabelFilter): boolean =>
  Object.entries(filter).every(([name, value]) => (value === '' ? name in state.labels : state.labels[name] === value))

interface Stream {
  readonly filter: LabelFilter
  readonly queue: EventQueue<EngineEvent>
}

export function fakeEngine(options: FakeEngineOptions): FakeEngine {
  const { clock, cpus = 4, memoryBytes = 8 * 2 ** 30, pullTakes = millis(0) } = options
  const unpullable =
    options.unpullable ??
    ((image: string) =>
      image.includes('missing') ? `pull access denied for ${image}, repository does not exist` : undefined)
  /** With their digests. */
  const images = new Map<string, string | undefined>((options.images ?? []).map((image) => [image, undefined]))
  const registry = (image: string): string | undefined => image.split('@')[1] ?? options.registryDigest?.(image)
  const containers = new Map<string, FakeContainer>()
  const streams = new Set<Stream>()
  const failures = new Map<string, Fault[]>()
  let down = false
  let up = Promise.withResolvers<void>()
  up.resolve()
  let count = 0
  let nextPort = firstDynamicPort

  const find = (idOrName: string): FakeContainer | undefined =>
    containers.get(idOrName) ?? [...containers.values()].find(({ spec }) => spec.name === idOrName)

  /** Every call begins here: it takes a turn of the event loop, as a real one would at least. */
  async function enter(signal: AbortSignal, method?: string): Promise<void> {
    await Promise.resolve()
    signal.throwIfAborted()
    if (down) throw new Fault('Unavailable', 'the container engine cannot be reached: it is down')
    const fault = method === undefined ? undefined : failures.get(method)?.shift()
    if (fault !== undefined) throw fault
  }

  function emit(event: EngineEvent): void {
    if (down || event.type === 'resync') return
    const labels = containers.get(event.id)?.spec.labels ?? {}
    for (const { filter, queue } of streams) if (carries({ labels }, filter)) queue.push(event)
  }

  const boundPorts = (): readonly PublishedPort[] =>
    [...containers.values()].filter(({ status }) => status === 'running').flatMap(({ ports }) => ports)

  /** Fixed ports must be free, dynamic ones are the next free. */
  function bind(spec: ContainerSpec): readonly PublishedPort[] {
    const taken = [...boundPorts()]
    const isTaken = (protocol: string, port: number): boolean =>
      taken.some((other) => other.protocol === protocol && other.hostPort === port)
    return (spec.networkMode === 'bridge' ? spec.ports : []).map((wanted) => {
      if (wanted.hostPort !== 0 && isTaken(wanted.protocol, wanted.hostPort))
        throw new EngineFault(
          'CannotStartContainerError',
          `Bind for 0.0.0.0:${wanted.hostPort} failed: port is already allocated`,
        )
      let hostPort = wanted.hostPort
      while (hostPort === 0) {
        if (!isTaken(wanted.protocol, nextPort)) hostPort = nextPort
        nextPort = nextPort === lastDynamicPort ? firstDynamicPort : nextPort + 1
      }
      const bound = { ...wanted, hostPort }
      taken.push(bound)
      return bound
    })
  }

  function drop(container: FakeContainer): void {
    container.exit(137)
    emit({ type: 'removed', id: container.id })
    containers.delete(container.id)
  }

  const engine: FakeEngine = {
    async info(signal) {
      await enter(signal)
      return {
        version: 'fake',
        apiVersion: '1.41',
        cpus,
        memoryBytes,
        osType: 'linux',
        architecture: 'x86_64',
        tellsEndsEarly: false,
      }
    },

    async ensureImage(image, onPull, signal) {
      await enter(signal)
      if (!images.has(image)) {
        onPull()
        if (pullTakes > 0) await sleep(clock, pullTakes, signal)
        const why = unpullable(image)
        if (why !== undefined) throw new EngineFault('CannotPullContainerError', why)
        const digest = registry(image)
        images.set(image, digest)
        if (digest !== undefined) images.set(withDigest(image, digest), digest)
      }
      return { id: `sha256:${image}`, digest: images.get(image) }
    },

    async registryDigest(image, signal) {
      await enter(signal)
      return images.get(image) === undefined ? undefined : registry(image)
    },

    async create(spec, signal) {
      await enter(signal, 'create')
      const existing = find(spec.name)
      if (existing !== undefined) return { id: existing.id, existed: true }
      if (!images.has(spec.image)) throw new EngineFault('CannotCreateContainerError', `No such image: ${spec.image}`)
      count += 1
      const container = new FakeContainer(`fake${String(count).padStart(8, '0')}`, spec, { clock, emit })
      if (container.script.createFails) throw new EngineFault('CannotCreateContainerError', 'create:fail')
      containers.set(container.id, container)
      return { id: container.id, existed: false }
    },

    async start(id, signal) {
      await enter(signal, 'start')
      const container = find(id)
      if (container === undefined) throw new EngineFault('NoSuchContainerError', `container ${id} does not exist`)
      if (container.status === 'running') return
      if (container.script.startTakes > 0) await sleep(clock, container.script.startTakes, signal)
      if (container.script.startFails) throw new EngineFault('CannotStartContainerError', 'start:fail')
      container.run(bind(container.spec))
    },

    async stop(id, timeout, signal) {
      await enter(signal, 'stop')
      const container = find(id)
      if (container === undefined || container.status !== 'running') return
      const exited = Promise.withResolvers<void>()
      container.onExit.add(exited.resolve)
      const cancel = clock.after(timeout, () => container.signal('SIGKILL'))
      container.signal('SIGTERM')
      // As with Docker, a stop goes on when its caller leaves.
      void exited.promise.then(cancel)
      const left = Promise.withResolvers<never>()
      const leave = (): void => left.reject(signal.reason)
      signal.addEventListener('abort', leave, { once: true })
      await Promise.race([exited.promise, left.promise]).finally(() => signal.removeEventListener('abort', leave))
    },

    async kill(id, name, signal) {
      await enter(signal)
      find(id)?.signal(name)
    },

    async remove(id, signal) {
      await enter(signal, 'remove')
      const container = find(id)
      if (container !== undefined) drop(container)
    },

    async list(labels, signal) {
      await enter(signal)
      return engine.containers().filter((state) => carries(state, labels))
    },

    async inspect(id, signal) {
      await enter(signal)
      return find(id)?.state
    },

    async *events(filter, signal) {
      for (;;) {
        await orAbort(up.promise, signal)
        signal.throwIfAborted()
        const stream: Stream = { filter, queue: new EventQueue(eventBacklog) }
        streams.add(stream)
        try {
          yield { type: 'resync' }
          for (;;) yield await stream.queue.take(signal)
        } catch (error) {
          signal.throwIfAborted()
          if (!(error instanceof Fault)) throw error
        } finally {
          streams.delete(stream)
        }
      }
    },

    async *logs(id, { follow = false, tail, since, timestamps = false }, signal) {
      await enter(signal)
      const container = find(id)
      if (container === undefined) throw new EngineFault('NoSuchContainerError', `container ${id} does not exist`)
      const lines = container.logs.filter(({ at }) => since === undefined || at >= since)
      for (const { at, stream, data } of tail === undefined ? lines : lines.slice(Math.max(0, lines.length - tail))) {
        const prefix = timestamps ? new TextEncoder().encode(`${timestamp(at)} `) : new Uint8Array()
        yield { stream, data: new Uint8Array([...prefix, ...data]) } satisfies LogChunk
      }
      if (!follow || container.status !== 'running') return
      const ended = Promise.withResolvers<void>()
      container.onExit.add(ended.resolve)
      signal.addEventListener('abort', () => ended.reject(signal.reason), { once: true })
      await ended.promise
    },

    hasImage: (image) => images.has(image),

    containers: () => [...containers.values()].map(({ state }) => state),

    wipe() {
      for (const container of [...containers.values()]) drop(container)
    },

    powerCut() {
      for (const container of containers.values()) container.exit(137)
    },

    setDown(next) {
      if (down === next) return
      down = next
      if (!down) return up.resolve()
      up = Promise.withResolvers()
      for (const { queue } of streams) queue.fail(new Fault('Unavailable', 'the container engine is down'))
    },

    killContainer(id) {
      find(id)?.signal('SIGKILL')
    },

    failNext(method, fault) {
      failures.set(method, [...(failures.get(method) ?? []), fault])
    },
  }
  return engine
}
