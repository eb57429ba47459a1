/** One seed: a scenario with faults, then no more faults; it must converge, and then be quiet. */
import { messageOf } from '../../lib/errors.ts'
import { randomBelow } from '../../lib/random.ts'
import { type Millis, minutes, plus, seconds } from '../../lib/time.ts'
import type { Door } from '../builders/doors.ts'
import { superfluous } from './checkers/history-limit.ts'
import { missing } from './convergence.ts'
import { daemonFrom } from './daemon.ts'
import { images } from './definition-step.ts'
import { faultsFrom, type SimFault, type Timed, wireFaultsFrom } from './faults.ts'
import { inject } from './inject.ts'
import { midRolloutFrom } from './mid-rollout.ts'
import { agentPlants, plants } from './plants.ts'
import { restartsFrom } from './restarts.ts'
import { revisionStepsFrom } from './revisions.ts'
import { scenarioFrom } from './scenario.ts'
import { schedulesFrom } from './schedules.ts'
import { singletonFrom } from './singleton.ts'
import type { Step } from './step.ts'
import { perform } from './user.ts'
import { Violation, World } from './world.ts'
import { zoneTroubleFrom } from './zones.ts'

export interface SimOptions {
  readonly seed: number
  /** Name in `plants`. */
  readonly plant?: string | undefined
  /** How processes reach their API server; default direct. */
  readonly client?: Door | undefined
  /** Also faults of the wire to the server, which only the kubernetes client has. */
  readonly wireFaults?: boolean | undefined
  readonly onLine?: ((line: string) => void) | undefined
}

export interface SimResult {
  readonly seed: number
  /** The invariant that broke; undefined when all held. */
  readonly broken: string | undefined
  readonly detail: string
  readonly trace: readonly string[]
  readonly commits: number
  readonly steps: readonly Timed<Step>[]
  readonly faults: readonly Timed<SimFault>[]
}

/** Faults and changes happen within this time. */
const stormLasts = minutes(3)
/** Without faults everything must be as asked within this time. */
const convergesWithin = minutes(15)
/** How often users restart what failed. */
const retriesEvery = seconds(150)
/** What is still to be written down once everything runs: counts, events, that tasks have run for long enough. */
const settlesWithin = seconds(75)
/** Of the revisions that nothing refers to, those beyond what their families keep are gone: INACTIVE first, for 10 minutes. */
const forgetsWithin = minutes(15)
/** And then nothing at all is written but heartbeats. */
const quietFor = minutes(3)
/** Steps of the clock that one seed may take; more means that something spins. */
const mostSteps = 600_000

/** Kinds whose watches may go stale. */
const staleKinds = [
  'Task',
  'Task',
  'Service',
  'ServiceRevision',
  'ServiceDeployment',
  'ContainerInstance',
  'Lease',
  'TaskDefinitionRevision',
  'ScheduledTask',
]

export async function simulate({ seed, plant, client, wireFaults = false, onLine }: SimOptions): Promise<SimResult> {
  const world = new World({
    seed,
    instances: 3 + (seed % 3),
    plant: plant === undefined ? undefined : plants[plant],
    agentPlant: plant === undefined ? undefined : agentPlants[plant],
    client,
    onLine,
  })
  const { instances, controllers } = world
  const random = world.random('plan')
  const services = scenarioFrom(random, { instances, within: stormLasts, changes: 4 + randomBelow(random, 10) })
  const schedules = schedulesFrom(world.random('schedules'), stormLasts)
  const revisions = revisionStepsFrom(world.random('revisions'), stormLasts)
  const changed = { instances, within: stormLasts, changes: 6 }
  const daemons = daemonFrom(world.random('daemon'), changed)
  const rollouts = midRolloutFrom(world.random('mid-rollout'), changed)
  const steps = [...services, ...schedules, ...revisions].sort((a, b) => a.at - b.at)
  const count = 3 + randomBelow(random, 18)
  const moments = steps.map(({ at }) => at)
  const plan = { moments, controllers, instances, images, kinds: staleKinds, within: stormLasts, count }
  const faults = [
    ...faultsFrom(random, plan),
    ...(wireFaults ? wireFaultsFrom(world.random('wire'), { ...plan, count: 4 + (seed % 12) }) : []),
  ]
  // of a stream of its own, so that a seed's other steps and faults stay as they are
  const single = singletonFrom(world.random('singleton'), changed)
  steps.push(...single.steps, ...daemons, ...rollouts)
  faults.push(...single.faults)
  const zones = zoneTroubleFrom(world.random('zones'), { seed, instances, within: stormLasts })
  steps.push(...zones.steps)
  faults.push(...zones.faults)
  steps.push(...restartsFrom(world.random('restarts'), changed))
  const run = new Run(world, steps, faults, seed % 2 === 0)
  try {
    await run.all()
    return { seed, broken: undefined, detail: '', trace: [...world.trace.lines], commits: world.commits, steps, faults }
  } catch (error) {
    const broken = error instanceof Violation ? error.invariant : 'the simulation runs'
    const detail = error instanceof Violation ? error.message : String((error as Error).stack)
    return { seed, broken, detail, trace: [...world.trace.lines], commits: world.commits, steps, faults }
  } finally {
    world.stop()
  }
}

class Run {
  readonly #world: World
  readonly #steps: readonly Timed<Step>[]
  readonly #faults: readonly Timed<SimFault>[]
  /** Whether users in the end repair and restart all that failed, or leave alone what rests after a rollback. */
  readonly #all: boolean
  #clockSteps = 0

  constructor(world: World, steps: readonly Timed<Step>[], faults: readonly Timed<SimFault>[], all: boolean) {
    this.#all = all
    this.#world = world
    this.#steps = steps
    this.#faults = faults
  }

  async all(): Promise<void> {
    await this.#begin()
    await this.#advance(stormLasts)
    await this.#heal()
    await this.#converge()
    await this.#advance(settlesWithin)
    await this.#forget()
    await this.#beQuiet()
  }

  async #begin(): Promise<void> {
    const world = this.#world
    await world.start()
    for (const { at, what } of this.#steps) world.clock.after(at, () => void this.#act(what))
    for (const { at, what } of this.#faults) {
      world.clock.after(at, () => {
        world.trace.add('FAULT', JSON.stringify(what))
        inject(world, what)
      })
    }
  }

  async #act(step: Step): Promise<void> {
    const { trace } = this.#world
    trace.add('USER', JSON.stringify(step))
    try {
      await perform(this.#world, step)
    } catch (error) {
      trace.add('USER', `failed: ${messageOf(error)}`)
    }
  }

  /** Everything that is broken is repaired, and users leave nothing that cannot be done. */
  async #heal(): Promise<void> {
    const world = this.#world
    world.trace.add('HEAL', 'no more faults, no more changes')
    world.registry.missing.clear()
    for (const engine of world.engines.values()) engine.setDown(false)
    for (const process of world.processes.values()) {
      process.conditions.heal()
      process.start()
    }
    for (const instance of world.instances) await this.#act({ step: 'activate', instance })
    await this.#act({ step: 'suspendAll' })
    await this.#act({ step: 'unblock' })
    await this.#act({ step: 'repair', all: this.#all })
  }

  async #converge(): Promise<void> {
    const { clock } = this.#world
    const until = plus(clock.now(), convergesWithin)
    let left: string[] = []
    let retryAt = plus(clock.now(), seconds(20))
    while (clock.now() < until) {
      await this.#advance(seconds(1))
      left = [...missing(this.#world.model, this.#world.machines, this.#all, clock.now())]
      if (left.length === 0) return this.#world.trace.add('CONVERGED', '')
      // what failed for what came before may be tried again; without faults it must then succeed
      if (clock.now() >= retryAt) {
        retryAt = plus(clock.now(), retriesEvery)
        await this.#act({ step: 'retry', all: this.#all })
      }
    }
    throw new Violation(`everything is as asked within ${convergesWithin / 60_000} minutes`, left.join('\n  '))
  }

  /** Old revisions take their time to go. */
  async #forget(): Promise<void> {
    const { model, clock } = this.#world
    const until = plus(clock.now(), forgetsWithin)
    let left = [...superfluous(model)]
    if (left.length === 0) return
    while (left.length > 0 && clock.now() < until) {
      await this.#advance(seconds(30))
      left = [...superfluous(model)]
    }
    if (left.length > 0)
      throw new Violation(
        'a family keeps no more revisions than it says, and what something refers to',
        left.join('\n  '),
      )
    await this.#advance(settlesWithin)
  }

  async #beQuiet(): Promise<void> {
    const world = this.#world
    const before = world.commits
    await this.#advance(quietFor)
    const more = world.commits - before
    if (more === 0) return
    const last = world.lastCommit
    throw new Violation(
      'a converged world writes nothing but heartbeats',
      `${more} writes within ${quietFor / 1000} s, the last by ${last?.actor} on ${last?.kind} ${last?.key}`,
    )
  }

  async #advance(by: Millis): Promise<void> {
    const { clock } = this.#world
    const until = plus(clock.now(), by)
    while (await this.#world.step(until)) {
      this.#clockSteps += 1
      if (this.#clockSteps > mostSteps)
        throw new Violation('nothing spins', `more than ${mostSteps} steps of the clock`)
    }
    await clock.advance((until - clock.now()) as Millis)
    this.#world.check()
  }
}
