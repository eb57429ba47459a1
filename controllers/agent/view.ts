/** What the engine runs, kept current by its events: the agent's picture of "actual". */
import { keyText } from '../../api/meta/object.ts'
import { backoffDelay } from '../../lib/backoff.ts'
import { type Clock, sleep } from '../../lib/clock.ts'
import { isFault } from '../../lib/errors.ts'
import { between, earliest, type Instant } from '../../lib/time.ts'
import type { ContainerState, Engine, EngineEvent, LabelFilter } from './engine/engine.ts'
import { type Occupant, ownerOf } from './labels.ts'
import { engineLimits } from './limits.ts'

export interface Known {
  readonly state: ContainerState
  readonly owner: Occupant
}

export class EngineView {
  readonly #known = new Map<string, Known>()
  /** Ids by task key. */
  readonly #byTask = new Map<string, Set<string>>()
  /** What the agent itself changed since the list that is under way began, which does not undo it. */
  #touched: Set<string> | undefined
  /** Containers that the engine is asked about just now, and whether it told of a change meanwhile. */
  readonly #asked = new Map<string, boolean>()
  readonly #clock: Clock
  readonly #onChange: (taskKey: string) => void
  readonly #onListed: () => void
  readonly #first = Promise.withResolvers<void>()

  /**
   * `onChange` is told the key (`namespace/name`) of a task whose containers changed, `onListed` of each complete list: the
   * engine answers, perhaps after a while in which it did not.
   */
  constructor(clock: Clock, onChange: (taskKey: string) => void, onListed: () => void) {
    this.#clock = clock
    this.#onChange = onChange
    this.#onListed = onListed
  }

  /** Resolves after the first complete list: before, nothing may be concluded from absence. */
  get ready(): Promise<void> {
    return this.#first.promise
  }

  /** The containers of all tasks that had this key, in order of name. */
  ofTask(taskKey: string): readonly Known[] {
    return [...(this.#byTask.get(taskKey) ?? [])]
      .map((id) => this.#known.get(id) as Known)
      .sort((a, b) => (a.state.name < b.state.name ? -1 : 1))
  }
  get(id: string): ContainerState | undefined {
    return this.#known.get(id)?.state
  }
  all(): readonly Known[] {
    return [...this.#known.values()]
  }

  /** What the agent itself just learned of a container from the engine. */
  learn(state: ContainerState): void {
    this.#touched?.add(state.id)
    this.#set(state)
  }
  /** Learns what `ask` answers for this container; one at a time. An answer that an event overtook may be older than it: asks again. */
  async look(id: string, ask: () => Promise<ContainerState | undefined>): Promise<ContainerState | undefined> {
    try {
      for (;;) {
        this.#asked.set(id, false)
        const state = await ask()
        if (this.#asked.get(id) === true) continue
        if (state === undefined) this.forget(id)
        else this.learn(state)
        return state
      }
    } finally {
      this.#asked.delete(id)
    }
  }
  /** The container was removed. */
  forget(id: string): void {
    this.#touched?.add(id)
    this.#delete(id)
  }
  /** A start call returned: it runs, unless it was seen to end meanwhile. */
  started(id: string, at: Instant): void {
    const state = this.get(id)
    if (state?.status === 'created') this.learn({ ...state, status: 'running', startedAt: at })
  }

  /** Follows the engine until the signal aborts: lists at every resync, then applies events. */
  async follow(engine: Pick<Engine, 'list' | 'events'>, labels: LabelFilter, signal: AbortSignal): Promise<void> {
    for await (const event of engine.events(labels, signal)) {
      if (event.type === 'resync') await this.#list(engine, labels, signal)
      else this.#apply(event)
    }
  }

  async #list(engine: Pick<Engine, 'list'>, labels: LabelFilter, signal: AbortSignal): Promise<void> {
    const touched = new Set<string>()
    this.#touched = touched
    const listed = await this.#patiently(() => engine.list(labels, signal), signal)
    this.#touched = undefined
    const ids = new Set(listed.map(({ id }) => id))
    for (const id of [...this.#known.keys()]) if (!ids.has(id) && !touched.has(id)) this.#delete(id)
    const isNews = (state: ContainerState): boolean =>
      !touched.has(state.id) || isEndOf(state, this.#known.get(state.id)?.state)
    for (const state of listed) if (isNews(state)) this.#set(state)
    this.#first.resolve()
    this.#onListed()
  }

  async #patiently<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await work()
      } catch (error) {
        signal.throwIfAborted()
        if (!isFault(error)) throw error
        await sleep(this.#clock, backoffDelay(engineLimits.reconnect, failures), signal)
      }
    }
  }

  #apply(event: Exclude<EngineEvent, { type: 'resync' }>): void {
    if (this.#asked.has(event.id)) this.#asked.set(event.id, true)
    const state = this.get(event.id)
    if (state === undefined) return
    if (event.type === 'removed') this.#delete(event.id)
    else {
      const next = after(state, event)
      if (next !== state) this.#set(next)
    }
  }

  #set(state: ContainerState): void {
    const owner = ownerOf(state.labels)
    if (owner === undefined) return
    const key = keyText({ namespace: owner.namespace, name: owner.task })
    this.#known.set(state.id, { state, owner })
    const ids = this.#byTask.get(key)
    if (ids === undefined) this.#byTask.set(key, new Set([state.id]))
    else ids.add(state.id)
    this.#onChange(key)
  }

  #delete(id: string): void {
    const known = this.#known.get(id)
    if (known === undefined) return
    const key = keyText({ namespace: known.owner.namespace, name: known.owner.task })
    this.#known.delete(id)
    const ids = this.#byTask.get(key)
    ids?.delete(id)
    if (ids?.size === 0) this.#byTask.delete(key)
    this.#onChange(key)
  }
}

/** That a process ended may have been before events were heard again; unless it is one that was started again since. */
const isEndOf = ({ status, startedAt }: ContainerState, known: ContainerState | undefined): boolean =>
  status === 'exited' &&
  known !== undefined &&
  (startedAt === undefined ||
    known.startedAt === undefined ||
    between(startedAt, known.startedAt) < engineLimits.sameStart)

/** The state after an event; the same object when the event is old news. */
function after(state: ContainerState, event: Exclude<EngineEvent, { type: 'resync' | 'removed' }>): ContainerState {
  switch (event.type) {
    case 'started':
      if (state.status === 'running' || (state.finishedAt !== undefined && event.at <= state.finishedAt)) return state
      return {
        ...state,
        status: 'running',
        startedAt: event.at,
        finishedAt: undefined,
        exitCode: undefined,
        outOfMemory: false,
      }
    case 'died':
      if (state.status === 'exited') return state
      return {
        ...state,
        status: 'exited',
        // The engine's clock may be a little behind ours, by which a start was noted.
        startedAt: earliest(state.startedAt, event.at),
        finishedAt: event.at,
        exitCode: event.exitCode,
      }
    case 'outOfMemory':
      return state.outOfMemory ? state : { ...state, outOfMemory: true }
    case 'health':
      return state.health === event.health ? state : { ...state, health: event.health }
  }
}
