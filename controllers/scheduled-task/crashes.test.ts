/** A control plane that dies before or after any of its writes starts no run twice and loses none, alone or as one of two. */
import { describe, expect, it } from 'vitest'
import { Task } from '../../api/v1/task.ts'
import { runFinalizer } from '../../api/v1/well-known.ts'
import { Fault } from '../../lib/errors.ts'
import { hours, minutes, seconds } from '../../lib/time.ts'
import { exited, prepared, type ScheduleBed } from '../../test/builders/schedule-bed.ts'

type When = 'before' | 'after'
const writes: ReadonlySet<string> = new Set(['create', 'update', 'updateStatus', 'patch'])

/** Runs the bed's controllers, and runs them again when they died: of the nth write on, nothing they ask is answered. */
class Mortal {
  readonly bed: ScheduleBed
  readonly made: string[] = []
  died = false
  readonly #controllers: number
  #isDead = false
  #living: { readonly end: () => Promise<void> }[] = []

  constructor(bed: ScheduleBed, controllers: number, nth: number, when: When) {
    this.bed = bed
    this.#controllers = controllers
    const down = new Fault('Unavailable', 'planted')
    const count = { before: 0, after: 0 }
    const dies = (at: When): boolean => {
      count[at] += 1
      if (!this.died && at === when && count[at] === nth) {
        this.died = true
        this.#isDead = true
      }
      return this.#isDead
    }
    bed.client.interrupt((verb) => {
      if (this.#isDead) return down
      if (!writes.has(verb)) return undefined
      return dies('before') ? down : undefined
    })
    bed.client.afterWrite((verb, kind, { metadata }) => {
      if (verb === 'create' && kind === 'Task') this.made.push(metadata.name)
      return dies('after') ? down : undefined
    })
  }
  async end(): Promise<void> {
    for (const { end } of this.#living) await end()
    this.#living = []
  }
  async live(): Promise<void> {
    if (this.#living.length > 0 && !this.#isDead) return
    await this.end()
    this.#isDead = false
    for (let n = 0; n < this.#controllers; n += 1) this.#living.push(await this.bed.run())
  }
  /** Something happens, and time enough passes for who comes next. Tasks that nothing holds are collected meanwhile. */
  async through(happens: () => Promise<void>): Promise<void> {
    await this.live()
    await happens()
    for (let turn = 0; turn < 2; turn += 1) {
      await this.#collect()
      await this.live()
      await this.bed.pass(seconds(15))
    }
    await this.#collect()
  }
  async #collect(): Promise<void> {
    for (const task of this.bed.client.all(Task)) {
      const isHeld = task.metadata.finalizers?.includes(runFinalizer) === true
      if (!isHeld && task.status?.lastStatus === 'STOPPED') await this.bed.client.remove(task)
    }
  }
}

const [first, second] = ['nightly-1767225600', 'nightly-1767229200']
const pairOf = (attempt: string): readonly string[] => [`${attempt}-1`, `${attempt}-2`]

describe.each([
  { controllers: 1, every: 2 },
  { controllers: 2, every: 6 },
])('$controllers control planes', ({ controllers, every }) => {
  it.each(['before', 'after'] as const)('die %s any write', { timeout: 180_000 }, async (when) => {
    // before the odd ones and after the even ones: with both, every moment between two writes, and half of the answers lost
    for (let nth = when === 'before' ? 1 : 2, died = true; died; nth += every) {
      const bed = await prepared({
        schedule: 'rate(1 hour)',
        concurrencyPolicy: 'Replace',
        retryPolicy: { maximumRetryAttempts: 1, maximumEventAgeInSeconds: 3600 },
        taskTemplate: { taskDefinition: 'web', count: 2 },
        failedRunsHistoryLimit: 3,
      })
      const mortal = new Mortal(bed, controllers, nth, when)
      await mortal.through(() => bed.pass(seconds(1)))
      await mortal.through(() => bed.end(exited(1))) // the first attempt fails, the second goes on
      await mortal.through(() => bed.pass(hours(1))) // and is replaced
      await mortal.through(() => bed.end(exited(143)))
      await mortal.through(() => bed.end(exited(0)))
      await mortal.through(() => bed.ask('now'))
      await mortal.through(() => bed.end(exited(0)))
      await mortal.through(() => bed.pass(minutes(5)))
      const manual = bed.status.runs?.find(({ trigger }) => trigger === 'Manual')?.name ?? ''
      const about = `write ${nth}`
      expect(bed.status.runs, about).toMatchObject([
        { name: manual, status: 'SUCCEEDED', attempt: 1 },
        { name: second, status: 'SUCCEEDED', attempt: 1 },
        { name: first, status: 'FAILED', attempt: 2, reason: `Replaced by run ${second}` },
      ])
      const wanted = [`${first}-1`, `${first}-2`, `${second}-1`, `${manual}-1`].flatMap(pairOf)
      expect(mortal.made.toSorted(), about).toEqual(wanted.toSorted())
      expect(bed.status.active, about).toBe(0)
      died = mortal.died
      if (!died) expect(nth).toBeGreaterThan(25)
      await mortal.end()
    }
  })
})
