/**
 * Work on containers that takes the engine a while, one piece per container at a time, beside the passes over tasks: a
 * task that takes 30 s to stop holds up nobody. Every end wakes its task.
 */
import { keyText } from '../../api/meta/object.ts'
import { backoffDelay } from '../../lib/backoff.ts'
import { type Clock, sleep } from '../../lib/clock.ts'
import { Fault, isFault, messageOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Scope } from '../../lib/scope.ts'
import type { Millis } from '../../lib/time.ts'
import type { ContainerSpec, ContainerState, Engine } from './engine/engine.ts'
import { EngineFault } from './engine/errors.ts'
import type { FoundImage, Images, WantedImage } from './images.ts'
import { type Owner, ownerOf, withImageDigest } from './labels.ts'
import { agentLimits } from './limits.ts'
import type { Memory } from './memory.ts'
import { Slots } from './slots.ts'
import type { Work } from './state.ts'
import { Stops } from './stops.ts'
import type { EngineView } from './view.ts'

export interface OperationsOptions {
  readonly engine: Engine
  readonly images: Images
  readonly view: EngineView
  readonly memory: Memory
  readonly clock: Clock
  readonly log: Logger
  /** Owns the work. Ending it leaves containers as they are; labels tell the next agent. */
  readonly scope: Scope
  /** Container starts at once. */
  readonly starts: number
  /** Stops at once while processes leave quickly. */
  readonly quickStops: number
  wake(taskKey: string): void
}

interface Running {
  readonly work: Work
  readonly cancel: AbortController
}

const wasCancelled = 'TaskStoppedBeforePullBeginError: Task stopped before the container was created'

export class Operations {
  /** By task uid and container name. */
  readonly #running = new Map<string, Map<string, Running>>()
  readonly #options: OperationsOptions
  readonly #starts: Slots
  readonly #images: Images
  readonly #stops: Stops
  readonly #removals = new Slots(agentLimits.removals)
  /** Ends the pauses between attempts that began since the last time. */
  #again = new AbortController()

  constructor(options: OperationsOptions) {
    this.#options = options
    this.#starts = new Slots(options.starts)
    this.#images = options.images
    this.#stops = new Stops({
      clock: options.clock,
      quick: options.quickStops,
      slow: agentLimits.stops,
      patience: agentLimits.quickStop,
    })
  }

  /** What is under way for a task, by container name. */
  of(taskUid: string): ReadonlyMap<string, Work> {
    return new Map([...(this.#running.get(taskUid) ?? [])].map(([name, { work }]) => [name, work]))
  }

  /** The engine answers again: whatever waits for its next attempt need not wait longer. */
  retryNow(): void {
    this.#again.abort(new Fault('Unavailable', 'the engine answers again'))
    this.#again = new AbortController()
  }

  /** Image, create, start. A refusal of the engine is remembered as the container's failure, in ECS's words. */
  launch(owner: Owner, spec: ContainerSpec, wanted: WantedImage): void {
    this.#begin(owner, wasCancelled, (stop, signal) => this.#launchOnce(owner, spec, wanted, stop, signal))
  }

  /** Starts a container that ended again, as it is. A refusal is remembered as of a launch. */
  restart(owner: Owner, id: string): void {
    this.#begin(owner, undefined, (stop, signal) =>
      this.#starts.within(stop, async () => {
        await this.#options.engine.start(id, signal)
        await this.#look(id, signal)
      }),
    )
  }

  /** Ends a launch that has not reached the engine's create call; a later one ends by itself. */
  cancel(taskUid: string, container: string): void {
    const running = this.#running.get(taskUid)?.get(container)
    if (running?.work === 'launching') running.cancel.abort(new Fault('Unavailable', 'the task is to stop'))
  }

  /** Stops until stopped: a refusal is tried again, for ever. */
  stop(owner: Owner, id: string, timeout: Millis): void {
    const { engine, view } = this.#options
    this.#go(owner, 'stopping', (signal) =>
      this.#untilDone(signal, async () => {
        await this.#stops.run(signal, () => engine.stop(id, timeout, signal))
        // The event that says so may be late, or lost.
        if (view.get(id)?.status === 'running') await this.#look(id, signal)
      }),
    )
  }

  remove(owner: Owner, id: string): void {
    const { engine, view } = this.#options
    this.#go(owner, 'removing', (signal) =>
      this.#untilDone(signal, async () => {
        await this.#removals.within(signal, () => engine.remove(id, signal))
        view.forget(id)
      }),
    )
  }

  /** `cancelled` is the failure of a container whose start was called off. */
  #begin(
    owner: Owner,
    cancelled: string | undefined,
    start: (stop: AbortSignal, signal: AbortSignal) => Promise<void>,
  ): void {
    this.#go(owner, 'launching', async (signal, cancel) => {
      const stop = AbortSignal.any([signal, cancel])
      try {
        await this.#patiently(stop, () => start(stop, signal))
      } catch (error) {
        signal.throwIfAborted()
        const reason = cancel.aborted ? cancelled : this.#failure(error)
        if (reason === undefined) return
        this.#options.memory.note(owner.taskUid, ({ failures }) => ({
          failures: { ...failures, [owner.container]: reason },
        }))
      }
    })
  }

  /** `stop` is heeded until the engine is asked to create; from there on only `signal`. */
  async #launchOnce(
    owner: Owner,
    asked: ContainerSpec,
    wanted: WantedImage,
    stop: AbortSignal,
    signal: AbortSignal,
  ): Promise<void> {
    const { engine, view, clock } = this.#options
    const { reference, digest } = await this.#ensure(owner, wanted, stop)
    const spec = { ...asked, image: reference, labels: withImageDigest(asked.labels, digest) }
    await this.#starts.within(stop, async () => {
      const { id, existed } = await engine.create(spec, signal)
      const found = existed ? await this.#adopt(owner, id, signal) : undefined
      if (found === undefined) view.learn(created(id, spec))
      if (found !== undefined && found.status !== 'created') return
      await engine.start(id, signal)
      if (spec.ports.length > 0) await this.#look(id, signal)
      else view.started(id, clock.now())
    })
  }

  /** The image, and when its pull began and ended, if there was one. */
  async #ensure(owner: Owner, wanted: WantedImage, signal: AbortSignal): Promise<FoundImage> {
    const { memory, clock, wake } = this.#options
    let pulls = false
    const began = (): void => {
      if (pulls) return
      pulls = true
      memory.note(owner.taskUid, ({ pullStartedAt = clock.now(), pulling = 0 }) => ({
        pullStartedAt,
        pulling: pulling + 1,
      }))
      wake(keyOf(owner))
    }
    try {
      return await this.#images.ensure(wanted, began, signal)
    } finally {
      if (pulls) memory.note(owner.taskUid, ({ pulling = 1 }) => ({ pulling: pulling - 1, pullStoppedAt: clock.now() }))
    }
  }

  /** A container of our name: our own first try, or somebody else's. */
  async #adopt(owner: Owner, id: string, signal: AbortSignal): Promise<ContainerState> {
    const state = await this.#look(id, signal)
    if (state === undefined) throw new Fault('Unavailable', 'a container of this name was there a moment ago')
    if (ownerOf(state.labels)?.taskUid !== owner.taskUid)
      throw new EngineFault('CannotCreateContainerError', `the name ${state.name} is in use by another container`)
    return state
  }

  async #look(id: string, signal: AbortSignal): Promise<ContainerState | undefined> {
    const { engine, view } = this.#options
    return view.look(id, () => engine.inspect(id, signal))
  }

  #failure(error: unknown): string {
    if (error instanceof Fault) return error.message.slice(0, agentLimits.reasonLength)
    this.#options.log.error({ err: error }, 'starting a container failed on a bug')
    return `CannotStartContainerError: ${messageOf(error)}`.slice(0, agentLimits.reasonLength)
  }

  /** Repeats while the engine is out of reach. */
  async #patiently(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await work()
      } catch (error) {
        signal.throwIfAborted()
        if (!isFault(error, 'Unavailable')) throw error
        await this.#pause(failures, signal)
      }
    }
  }

  /** Repeats whatever went wrong. */
  async #untilDone(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await work()
      } catch (error) {
        signal.throwIfAborted()
        this.#options.log.warn({ err: error, failures }, 'the engine refused; trying again')
        await this.#pause(failures, signal)
      }
    }
  }

  async #pause(failures: number, signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#again.signal])
    await sleep(this.#options.clock, backoffDelay(agentLimits.engineRetry, failures), either).catch(() => undefined)
    signal.throwIfAborted()
  }

  #go(owner: Owner, work: Work, run: (signal: AbortSignal, cancel: AbortSignal) => Promise<void>): void {
    const ofTask = this.#running.get(owner.taskUid) ?? new Map<string, Running>()
    if (ofTask.has(owner.container)) return
    const cancel = new AbortController()
    this.#running.set(owner.taskUid, ofTask)
    ofTask.set(owner.container, { work, cancel })
    this.#options.scope.go(`${work} ${owner.task}/${owner.container}`, async (signal) => {
      try {
        await run(signal, cancel.signal)
      } finally {
        ofTask.delete(owner.container)
        if (ofTask.size === 0) this.#running.delete(owner.taskUid)
        if (!signal.aborted) this.#options.wake(keyOf(owner))
      }
    })
  }
}

const keyOf = (owner: Owner): string => keyText({ namespace: owner.namespace, name: owner.task })

/** What a container is right after its creation, without asking. */
const created = (id: string, spec: ContainerSpec): ContainerState => ({
  id,
  name: spec.name,
  image: spec.image,
  labels: spec.labels,
  status: 'created',
  startedAt: undefined,
  finishedAt: undefined,
  exitCode: undefined,
  outOfMemory: false,
  health: 'none',
  ports: [],
})
