/**
 * The scheduler's books of one cluster: its instances with what is reserved on them, and the tasks that wait for a place.
 * Kept up to date by what changed, so that placing one task never costs a walk over all tasks.
 */
import type { ContainerInstance } from '../../../api/v1/container-instance.ts'
import type { Demand } from '../../../api/v1/demand.ts'
import type { Instant } from '../../../lib/time.ts'
import type { Ask, Bound, Refusal, Seen } from '../state.ts'
import { InstanceBook } from './instance-book.ts'
import { type Case, WaitingLine } from './waiting-line.ts'

interface Booking {
  readonly bound: Bound
  /** The version that a binding of ours was tried on, while its outcome is not known. */
  readonly tryingOn: string | undefined
}

/** The books of one cluster. */
export class ClusterBook {
  readonly #instances = new Map<string, InstanceBook>()
  #ordered: readonly InstanceBook[] | undefined
  readonly #bookings = new Map<string, Booking>()
  readonly #line = new WaitingLine()
  readonly #misreported = new Set<string>()
  readonly #unconfirmed = new Set<string>()
  /** Counts what may make room for a refused task: something freed, an instance new or changed. */
  #freed = 1
  /** Counts any change, for tasks that follow others. */
  #changed = 1
  /** When to try everything again without news; set while tasks wait. */
  retryAt: Instant | undefined
  /** Retries without news since a task was last placed. */
  retries = 0

  /** The registered instances, by name. */
  get instances(): readonly InstanceBook[] {
    this.#ordered ??= [...this.#instances.values()]
      .filter(({ facts }) => facts !== undefined)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    return this.#ordered
  }
  /** The waiting tasks, oldest first. */
  get waiting(): readonly Case[] {
    return this.#line.inOrder
  }
  /** Bindings whose outcome is not known: they may have happened, and hold their reservation until that is clear. */
  get unconfirmed(): readonly Booking[] {
    return [...this.#unconfirmed].map((name) => this.#bookings.get(name)).filter((booking) => booking !== undefined)
  }
  /** Bound tasks whose condition still says that they are not. */
  get misreported(): ReadonlySet<string> {
    return this.#misreported
  }
  get isEmpty(): boolean {
    return this.#bookings.size === 0 && this.waiting.length === 0 && this.instances.length === 0
  }

  instance(name: string): InstanceBook | undefined {
    return this.#instances.get(name)
  }
  isWaiting(name: string): boolean {
    return this.#line.of(name) !== undefined
  }
  /** Whether seeing this would change nothing. */
  knows(name: string, seen: Seen): boolean {
    if (seen.is === 'none') return !this.#bookings.has(name) && !this.isWaiting(name)
    const booking = this.#bookings.get(name)
    return (
      seen.is === 'bound' &&
      !seen.task.misreported &&
      booking !== undefined &&
      booking.tryingOn === undefined &&
      !booking.bound.misreported &&
      booking.bound.uid === seen.task.uid &&
      booking.bound.instance === seen.task.instance
    )
  }

  seeInstance(name: string, instance: ContainerInstance | undefined): void {
    const book = this.#instances.get(name) ?? new InstanceBook(name)
    if (!book.learn(instance)) return
    this.#instances.set(name, book)
    this.#forgetIfEmpty(book)
    this.#ordered = undefined
    this.#freed += 1
    this.#changed += 1
  }

  seeTask(name: string, seen: Seen): void {
    const booking = this.#bookings.get(name)
    if (booking !== undefined && isStillOpen(booking, seen)) return
    if (booking !== undefined && seen.is === 'bound' && isSameBooking(booking.bound, seen.task)) {
      this.#note(seen.task, undefined)
      return
    }
    if (booking !== undefined) this.#unbook(booking.bound)
    if (seen.is === 'waiting') this.#line.enter(seen.task)
    else this.#line.leave(name)
    if (seen.is === 'bound') this.#book(seen.task, undefined)
  }

  /** Reserves at once, so that the next decision sees it; the binding is to be written on the version that was seen. */
  assume({ task }: Case, ask: Ask, instance: string): void {
    const { name, uid, version, said } = task
    this.seeTask(name, { is: 'none' })
    this.#book({ name, uid, instance, group: ask.group, demand: ask.demand, misreported: said !== undefined }, version)
  }

  refuse(refused: Case, refusal: Refusal): void {
    refused.refusal = refusal
    refused.triedAt = this.#versionFor(refused)
  }

  /** This process wrote the task's condition. */
  wrote(name: string, at: Instant): void {
    const one = this.#line.of(name)
    if (one !== undefined) one.writtenAt = at
  }

  /** The oldest `most` waiting tasks that were not tried since something changed that may help them. */
  untried(most: number): readonly Case[] {
    const found: Case[] = []
    for (const one of this.waiting) {
      if (found.length >= most) break
      if (one.triedAt !== this.#versionFor(one)) found.push(one)
    }
    return found
  }

  /** Makes every waiting task count as not tried. */
  tryAllAgain(): void {
    this.#freed += 1
    this.#changed += 1
  }

  #versionFor({ task }: Case): number {
    return task.ask?.followsOthers === true ? -this.#changed : this.#freed
  }

  #book(bound: Bound, tryingOn: string | undefined): void {
    const book = this.#instances.get(bound.instance) ?? new InstanceBook(bound.instance)
    this.#instances.set(bound.instance, book)
    book.book(bound, 1)
    this.#note(bound, tryingOn)
    this.#changed += 1
  }

  #note(bound: Bound, tryingOn: string | undefined): void {
    this.#bookings.set(bound.name, { bound, tryingOn })
    setMember(this.#unconfirmed, bound.name, tryingOn !== undefined)
    setMember(this.#misreported, bound.name, bound.misreported && tryingOn === undefined)
  }

  #unbook(bound: Bound): void {
    const book = this.#instances.get(bound.instance)
    book?.book(bound, -1)
    if (book !== undefined) this.#forgetIfEmpty(book)
    this.#bookings.delete(bound.name)
    this.#misreported.delete(bound.name)
    this.#unconfirmed.delete(bound.name)
    this.#freed += 1
    this.#changed += 1
  }

  #forgetIfEmpty(book: InstanceBook): void {
    if (book.facts === undefined && book.runningTasksCount === 0) this.#instances.delete(book.name)
  }
}

/** A binding of ours may still happen as long as the task is seen unbound at the version that it was tried on. */
const isStillOpen = ({ bound, tryingOn }: Booking, seen: Seen): boolean =>
  tryingOn !== undefined && seen.is === 'waiting' && seen.task.uid === bound.uid && seen.task.version === tryingOn

const isSameBooking = (a: Bound, b: Bound): boolean =>
  a.uid === b.uid && a.instance === b.instance && a.group === b.group && isSameDemand(a.demand, b.demand)

const isSameDemand = (a: Demand, b: Demand): boolean =>
  a === b ||
  (a.cpu === b.cpu && a.memory === b.memory && `${a.ports}` === `${b.ports}` && `${a.portsUdp}` === `${b.portsUdp}`)

function setMember(set: Set<string>, name: string, isIn: boolean): void {
  if (isIn) set.add(name)
  else set.delete(name)
}
