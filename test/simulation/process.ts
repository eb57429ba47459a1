/** A process of the simulation: it boots, dies at the worst moment, and boots again as another incarnation. */
import type { Clock } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import { type Random, randomBelow } from '../../lib/random.ts'
import { type Millis, millis } from '../../lib/time.ts'
import { Conditions } from './conditions.ts'
import type { Line } from './process-client.ts'
import type { Trace } from './trace.ts'

export interface ProcessOptions {
  readonly name: string
  readonly clock: Clock
  /** A stream of chance for each incarnation. */
  readonly randomOf: (actor: string) => Random
  readonly trace: Trace
  /** The program; lasts until the line's life ends. */
  readonly main: (line: Line) => Promise<void>
}

/** A supervisor starts a program that ended by itself again after so long. */
const restartDelay = millis(1000)

export class SimProcess {
  readonly name: string
  readonly conditions = new Conditions()
  readonly #options: ProcessOptions
  #incarnation = 0
  #life: AbortController | undefined
  #cancelRestart: (() => void) | undefined
  /** How long it stays dead after the next crash at a write. */
  crashDownFor: Millis = millis(1000)

  constructor(options: ProcessOptions) {
    this.#options = options
    this.name = options.name
  }

  get alive(): boolean {
    return this.#life !== undefined
  }

  start(): void {
    if (this.#life !== undefined) return
    this.#cancelRestart?.()
    this.#incarnation += 1
    const { clock, randomOf, trace, main } = this.#options
    const actor = `${this.name}#${this.#incarnation}`
    const life = new AbortController()
    this.#life = life
    const die = (why: string): void => {
      if (life.signal.aborted) return
      trace.add(actor, `CRASHES ${why}`)
      this.die(this.crashDownFor)
    }
    trace.add(actor, 'starts')
    main({ actor, clock, random: randomOf(actor), conditions: this.conditions, life: life.signal, die })
      .then(
        () => trace.add(actor, 'ended'),
        (error: unknown) => {
          if (!life.signal.aborted) trace.add(actor, `ended: ${messageOf(error)}`)
        },
      )
      .finally(() => {
        if (!life.signal.aborted) this.die(restartDelay)
      })
  }

  /** kill -9, and a start `downFor` later. */
  die(downFor: Millis): void {
    this.conditions.crash = undefined
    this.#life?.abort(new Error('the process is dead'))
    this.#life = undefined
    this.#cancelRestart?.()
    this.#cancelRestart = this.#options.clock.after(downFor, () => this.start())
  }
}

/** A repeatable stream of chance per name, so that one reader more does not change what the others get. */
export function streamSeed(seed: number, name: string): number {
  let hash = seed ^ 0x9e3779b9
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** A delay between the two, in ms. */
export const delayBetween = (random: Random, least: number, most: number): Millis =>
  millis(least + randomBelow(random, most - least))
