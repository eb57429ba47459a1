/** Everything of one simulation: a store, a registry, two control planes, agents with their machines, and a user. */

import type { ResourceClient } from '../../api/client/client.ts'
import type { Transport } from '../../api/client/transport.ts'
import { openRegistry } from '../../api/registry/registry.ts'
import type { Lease } from '../../api/v1/core.ts'
import { allKinds } from '../../api/v1/kinds.ts'
import { allControllers } from '../../cmd/control-plane.ts'
import { keepLeading } from '../../cmd/lead.ts'
import { runAgent } from '../../controllers/agent/agent.ts'
import type { Engine } from '../../controllers/agent/engine/engine.ts'
import { type FakeEngine, fakeEngine } from '../../controllers/agent/engine/fake.ts'
import type { RunOptions } from '../../controllers/runtime/run.ts'
import { type Random, seededRandom } from '../../lib/random.ts'
import { type Instant, type Millis, millis } from '../../lib/time.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import { revision, type Store, type WatchBatch } from '../../store/store.ts'
import { type Door, doors } from '../builders/doors.ts'
import type { Checker } from './checkers/checker.ts'
import { checkEngines, type Machines } from './checkers/engines.ts'
import { invariants } from './checkers/invariants.ts'
import { wrongRestart } from './checkers/restarts.ts'
import { StrictServices } from './checkers/strict.ts'
import type { Conditions } from './conditions.ts'
import { describe } from './describe.ts'
import { agentOf, leader } from './faults.ts'
import { type Change, changeOf, Model } from './history.ts'
import { ImageRegistry } from './image-registry.ts'
import type { Plant } from './plants/plant.ts'
import { SimProcess, streamSeed } from './process.ts'
import { currentActor, type Line, processClient } from './process-client.ts'
import { processEngine } from './process-engine.ts'
import { processStore } from './process-store.ts'
import { processWire } from './process-wire.ts'
import { Trace } from './trace.ts'
import { zoneOf } from './zone-of.ts'

/** An invariant that does not hold. */
export class Violation extends Error {
  readonly invariant: string
  constructor(invariant: string, detail: string) {
    super(detail)
    this.invariant = invariant
  }
}

export interface WorldOptions {
  readonly seed: number
  readonly instances: number
  readonly plant?: Plant | undefined
  readonly agentPlant?: Plant | undefined
  /** How processes reach their API server; default direct. */
  readonly client?: Door | undefined
  readonly onLine?: ((line: string) => void) | undefined
}

export const cluster = 'default'
const election = { namespace: 'gantry-system', name: 'controllers' }
/** What controllers know is at most so old in good times: latency, queues, and a late write. */
const usualStaleness = millis(4000)
/** While or soon after news was kept from them: longer than any such fault. */
const faultyStaleness = millis(150_000)
const traceLines = 400

export class World {
  readonly clock = new VirtualClock()
  readonly startedAt = this.clock.now()
  readonly trace: Trace
  readonly model = new Model()
  readonly processes = new Map<string, SimProcess>()
  readonly engines = new Map<string, FakeEngine>()
  readonly registry = new ImageRegistry()
  readonly instances: readonly string[]
  readonly controllers: readonly string[] = ['controllers-0', 'controllers-1']
  readonly #options: WorldOptions
  readonly #end = new AbortController()
  readonly #actors = new Map<number, string>()
  readonly #checkers: readonly Checker[]
  readonly #strict: StrictServices
  #batches: WatchBatch[] = []
  #enginesChanged = false
  /** A start that an agent should not have asked for. */
  #wrongRestart: string | undefined
  #lastStale: Instant | undefined
  #client: ResourceClient | undefined
  #store: Store | undefined
  /** Changes of objects other than Leases, and when the last was. */
  commits = 0
  lastCommit: Change | undefined

  constructor(options: WorldOptions) {
    this.#options = options
    this.trace = new Trace(this.clock, { most: traceLines, onLine: options.onLine })
    this.instances = ['one', 'two', 'three', 'four', 'five', 'six'].slice(0, options.instances)
    const staleness = (): Millis => this.#staleness()
    this.#strict = new StrictServices(staleness)
    this.#checkers = invariants({
      staleness,
      hasImage: (instance, image) => this.engine(instance).hasImage(image),
      election: `${election.namespace}/${election.name}`,
    })
  }

  random(name: string): Random {
    return seededRandom(streamSeed(this.#options.seed, name))
  }
  /** Acts as the user, without trouble on the line. */
  get user(): ResourceClient {
    return this.#client as ResourceClient
  }
  asUser<T>(work: () => Promise<T>): Promise<T> {
    return currentActor.run('user', work)
  }
  /** By name; `leader` is the one that leads now. */
  process(name: string): SimProcess {
    const process = this.processes.get(name === leader ? this.#leader : name)
    if (process === undefined) throw new Error(`no process ${name}`)
    return process
  }
  get #leader(): string {
    const lease = this.model.get<Lease>('Lease', `${election.namespace}/${election.name}`)
    return lease?.spec.holderIdentity?.split('#')[0] ?? 'controllers-0'
  }
  engine(instance: string): FakeEngine {
    const engine = this.engines.get(instance)
    if (engine === undefined) throw new Error(`no engine ${instance}`)
    return engine
  }
  get machines(): Machines {
    return [...this.engines].map(([name, engine]) => [name, engine.containers()] as const)
  }

  async start(): Promise<void> {
    const { clock } = this
    const signal = this.#end.signal
    const store = await openMemoryStore({ clock })
    void this.#read(store, signal)
    this.#store = store
    this.#client = await this.#openDoor('registry', this.random('registry'), undefined, signal)
    for (const name of this.controllers) this.#add(name, (line) => this.#controlPlane(line))
    for (const instance of this.instances) {
      const registryDigest = (image: string): string | undefined => this.registry.digestOf(image)
      const unpullable = (image: string): string | undefined => this.registry.refusal(image)
      this.engines.set(instance, fakeEngine({ clock, pullTakes: millis(300), registryDigest, unpullable }))
      this.#add(agentOf(instance), (line) => this.#agent(line, instance))
    }
    for (const process of this.processes.values()) process.start()
  }

  stop(): void {
    this.#end.abort(new Error('the simulation is over'))
    for (const process of this.processes.values()) process.die(millis(1e12))
  }

  /** Fires the next timer due by `until`, then checks all that was committed; false when there was none. */
  async step(until: Instant): Promise<boolean> {
    const stepped = await this.clock.step(until)
    this.check()
    return stepped
  }

  /** Throws a Violation when an invariant is broken. */
  check(): void {
    for (const batch of this.#batches.splice(0)) {
      for (const event of batch.events) {
        const change = changeOf(event, this.clock.now(), (at) => this.#actors.get(at) ?? '?')
        if (change !== undefined) this.#take(change)
      }
    }
    if (this.#wrongRestart !== undefined)
      throw new Violation('only what its policy says is started again', this.#wrongRestart)
    if (!this.#enginesChanged) return
    this.#enginesChanged = false
    const wrong = checkEngines(this.machines)
    if (wrong !== undefined) throw new Violation('engines hold each container and each port once', wrong)
    const twice = this.#strict.check(this.machines, this.clock.now())
    if (twice !== undefined) throw new Violation('a strict service never has more live containers than it wants', twice)
  }

  #take(change: Change): void {
    this.model.apply(change)
    this.#strict.follow(change)
    if (change.kind !== 'Lease') {
      this.commits += 1
      this.lastCommit = change
      this.trace.add(change.actor, describe(change))
    }
    for (const checker of this.#checkers) {
      const wrong = checker.check(change, this.model)
      if (wrong !== undefined) throw new Violation(checker.name, wrong)
    }
  }

  #staleness(): Millis {
    const now = this.clock.now()
    const stale = this.controllers.some((name) => {
      const { conditions } = this.process(name)
      return conditions.anyStale || conditions.cutOff === 'hangs' || conditions.isServerStrained
    })
    if (stale) this.#lastStale = now
    return this.#lastStale !== undefined && now - this.#lastStale < 100_000 ? faultyStaleness : usualStaleness
  }

  /** Collects the store's history; looked at between the steps. */
  async #read(store: Store, signal: AbortSignal): Promise<void> {
    try {
      for await (const batch of store.watch({ prefix: '/registry/', after: revision(0) }, signal))
        this.#batches.push(batch)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** The way to an API server of its own on the one store. */
  async #openDoor(
    who: string,
    random: Random,
    conditions: Conditions | undefined,
    signal: AbortSignal,
  ): Promise<ResourceClient> {
    const { clock } = this
    const signed = (at: number, actor: string): void => void this.#actors.set(at, actor)
    const store = processStore(this.#store as Store, { clock, random, conditions, signed })
    const parts = { clock, random, log: this.trace.logger(who) }
    const registry = await openRegistry({ ...parts, store, kinds: allKinds }, signal)
    const wire = (inner: Transport): Transport =>
      conditions === undefined ? inner : processWire(inner, { clock, random, conditions })
    return doors[this.#options.client ?? 'direct']({ ...parts, registry, wire }, signal)
  }

  #add(name: string, main: (line: Line) => Promise<void>): void {
    const { clock, trace } = this
    this.processes.set(name, new SimProcess({ name, clock, randomOf: (actor) => this.random(actor), trace, main }))
  }

  async #controlPlane(line: Line): Promise<void> {
    // As `gantry server` does: each control plane is an API server of its own.
    const door = await this.#openDoor(line.actor, line.random, line.conditions, line.life)
    const plain = processClient(door, line)
    const client = this.#options.plant?.(plain, line.random) ?? plain
    const options: RunOptions = {
      client,
      clock: this.clock,
      random: line.random,
      log: this.trace.logger(line.actor),
      identity: line.actor,
      component: 'gantry-controllers',
      leaderElection: election,
      make: (d) => allControllers(d),
    }
    await keepLeading(options, line.life)
  }

  async #agent(line: Line, instance: string): Promise<void> {
    const machine = this.engine(instance)
    const told = processEngine(machine, line, () => {
      this.#enginesChanged = true
    })
    const watched: Engine = {
      ...told,
      start: (id, signal) => {
        const state = machine.containers().find((one) => one.id === id)
        this.#wrongRestart ??= wrongRestart(state, this.model)
        return told.start(id, signal)
      },
    }
    const plain = processClient(this.user, line)
    const zone = zoneOf(this.#options.seed, this.instances.indexOf(instance))
    await runAgent(
      {
        client: this.#options.agentPlant?.(plain, line.random) ?? plain,
        engine: watched,
        clock: this.clock,
        random: line.random,
        log: this.trace.logger(line.actor),
        options: { cluster, name: instance, cpu: 2048, memory: 2048, ...(zone === undefined ? {} : { zone }) },
      },
      line.life,
    )
  }
}
