/**
 * The scheduler's books: what each instance of one cluster has and who reserves it, and which tasks wait for a place.
 * Kept up to date by what changed, so that placing one task never costs a walk over all tasks.
 */
import { conditionOf } from '../../api/meta/conditions.ts'
import type { QueriedInstance } from '../../api/v1/cluster-query.ts'
import { type ClusterQuery, parseClusterQuery } from '../../api/v1/cluster-query-syntax.ts'
import type { ContainerInstance } from '../../api/v1/container-instance.ts'
import { type Demand, demandOf, noDemand } from '../../api/v1/demand.ts'
import { notPlaceable } from '../../api/v1/placeable.ts'
import type { PlacementStrategy } from '../../api/v1/placement.ts'
import { isStopped, isStopping, type Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { canonicalJson } from '../../lib/canonical.ts'
import type { Instant } from '../../lib/time.ts'

/** The condition by which a task says whether it has a place. */
export const scheduledCondition = 'Scheduled'

/** Why a task has no place: the condition's reason. */
export const refusalReasons = [
  'TaskDefinitionNotFound',
  'NoContainerInstances',
  'NotPlaceable', // draining, deregistering, agent not connected
  'InsufficientCpu',
  'InsufficientMemory',
  'PortInUse',
  'ConstraintNotMet', // memberOf
  'NotDistinct', // distinctInstance
] as const
export type RefusalReason = (typeof refusalReasons)[number]

export interface Refusal {
  readonly reason: RefusalReason
  readonly message: string
}

/** What a task asks of the instance that it gets. */
export interface Ask {
  readonly group: string
  readonly demand: Demand
  readonly distinct: boolean
  /** All must hold. Undefined: an expression that cannot be read; nothing fulfils it. */
  readonly queries: readonly (ClusterQuery | undefined)[]
  readonly strategies: readonly PlacementStrategy[]
  /** Whether other tasks' placements can make room for it (affinity), not only their end. */
  readonly followsOthers: boolean
  /** Tasks of one shape are placed or refused alike. */
  readonly shape: string
}

/** A task definition as far as it is known: `unknown` must be looked up, `absent` was looked up. */
export type KnownDefinition = TaskDefinitionRevision | 'unknown' | 'absent'

/** The name of the revision that a task runs; `web:3` is tolerated for `web.3`. */
export const definitionNameOf = (task: Task): string => task.spec.taskDefinition.replace(/:(\d+)$/, '.$1')

const demands = new WeakMap<TaskDefinitionRevision, Demand>()
/** The demand of a revision; revisions are immutable, so it is computed once per cached object. */
function demandFrom(definition: KnownDefinition): Demand {
  if (typeof definition === 'string') return noDemand
  const known = demands.get(definition) ?? demandOf(definition.spec.taskDefinition)
  demands.set(definition, known)
  return known
}

const groupOf = (task: Task, definition: KnownDefinition): string =>
  task.spec.group ?? `family:${typeof definition === 'string' ? definitionNameOf(task) : definition.spec.family}`

const countsOthers = (query: ClusterQuery | undefined): boolean => {
  switch (query?.is) {
    case 'and':
    case 'or':
      return query.of.some(countsOthers)
    case 'not':
      return countsOthers(query.of)
    case 'test':
      return query.subject === 'task:group' || query.subject === 'runningTasksCount'
    case undefined:
      return false
  }
}

function queryOf(expression: string): ClusterQuery | undefined {
  const parsed = parseClusterQuery(expression)
  return parsed.ok ? parsed.query : undefined
}

/** What `task` asks for, by its own spec and its definition's. */
export function askOf(task: Task, definition: TaskDefinitionRevision): Ask {
  const group = groupOf(task, definition)
  const constraints = [
    ...(definition.spec.taskDefinition.placementConstraints ?? []),
    ...(task.spec.placementConstraints ?? []),
  ]
  const queries = constraints
    .filter((constraint) => constraint.type === 'memberOf')
    .map((constraint) => queryOf(constraint.expression ?? ''))
  return {
    group,
    demand: demandFrom(definition),
    distinct: constraints.some((constraint) => constraint.type === 'distinctInstance'),
    queries,
    strategies: task.spec.placementStrategy ?? [],
    followsOthers: queries.some(countsOthers),
    shape: canonicalJson([definition.metadata.uid, group, constraints]),
  }
}

/** A task as the scheduler sees it; anything but waiting and bound is none of its business. */
export type Seen =
  | { readonly is: 'waiting'; readonly task: Waiting }
  | { readonly is: 'bound'; readonly task: Bound }
  | { readonly is: 'none' }

/** A task without a place. */
export interface Waiting {
  readonly name: string
  readonly uid: string
  readonly createdAt: string
  /** The version that a binding would be written on. */
  readonly version: string
  /** Undefined while its definition is not known. */
  readonly ask: Ask | undefined
  /** Its definition was looked up and is not there. */
  readonly definitionAbsent: boolean
  /** What its condition says. */
  readonly said: Refusal | undefined
}

/** A task with a place, whose reservation counts: bound, and not stopping (ecs-core 6.2). */
export interface Bound {
  readonly name: string
  readonly uid: string
  readonly instance: string
  readonly group: string
  readonly demand: Demand
  /** Still says Scheduled=False, from the time before it was bound. */
  readonly misreported: boolean
}

const saidBy = (task: Task): Refusal | undefined => {
  const condition = conditionOf(task.status?.conditions, scheduledCondition)
  if (condition?.status !== 'False') return undefined
  const reason = refusalReasons.find((known) => known === condition.reason)
  return { reason: reason ?? 'NotPlaceable', message: reason === undefined ? '' : condition.message }
}

/** Reads a task. */
export function seenOf(task: Task | undefined, definition: KnownDefinition): Seen {
  if (task === undefined || isStopped(task) || isStopping(task)) return { is: 'none' }
  const { name, uid, creationTimestamp, resourceVersion } = task.metadata
  const said = saidBy(task)
  const instance = task.spec.containerInstance
  if (instance !== undefined) {
    const group = groupOf(task, definition)
    const misreported = said !== undefined
    return { is: 'bound', task: { name, uid, instance, group, demand: demandFrom(definition), misreported } }
  }
  const ask = typeof definition === 'string' ? undefined : askOf(task, definition)
  const definitionAbsent = definition === 'absent'
  const createdAt = creationTimestamp ?? ''
  return { is: 'waiting', task: { name, uid, createdAt, version: resourceVersion, ask, definitionAbsent, said } }
}

/** An instance's side of the books; also what the cluster query language asks about. */
export class InstanceBook implements QueriedInstance {
  readonly name: string
  /** Why it takes no tasks, if so. */
  notPlaceable: string | undefined = 'not registered'
  draining = false
  cpu = 0
  memory = 0
  attributes: ReadonlyMap<string, string> = new Map()
  agentConnected = false
  agentVersion = ''
  registeredAt = ''
  /** The ContainerInstance these facts are from, in one text to compare by; undefined when there is none. */
  facts: string | undefined
  reservedCpu = 0
  reservedMemory = 0
  runningTasksCount = 0
  readonly #reservedPorts = { tcp: new Set<number>(), udp: new Set<number>() }
  readonly #heldPorts = { tcp: new Map<number, number>(), udp: new Map<number, number>() }
  readonly #groups = new Map<string, number>()

  constructor(name: string) {
    this.name = name
  }

  get ec2InstanceId(): string {
    return this.name
  }
  get taskGroups(): readonly string[] {
    return [...this.#groups.keys()]
  }
  get freeCpu(): number {
    return this.cpu - this.reservedCpu
  }
  get freeMemory(): number {
    return this.memory - this.reservedMemory
  }
  /** Tasks of a group that count here. */
  tasksOf(group: string): number {
    return this.#groups.get(group) ?? 0
  }
  isPortTaken(protocol: 'tcp' | 'udp', port: number): boolean {
    return this.#reservedPorts[protocol].has(port) || this.#heldPorts[protocol].has(port)
  }

  /** Takes over what the ContainerInstance says. False when it says nothing new. */
  learn(instance: ContainerInstance | undefined): boolean {
    const { spec, status, metadata } = instance ?? {}
    const registered = status?.registeredResources
    const attributes = [...(status?.attributes ?? []), ...(spec?.attributes ?? [])]
    const reason = instance === undefined ? 'not registered' : notPlaceable(instance)
    const agentVersion = status?.versionInfo?.agentVersion ?? ''
    const facts =
      instance === undefined
        ? undefined
        : JSON.stringify([metadata?.uid, registered, attributes, reason, agentVersion, status?.registeredAt])
    if (facts === this.facts) return false
    this.facts = facts
    this.notPlaceable = reason
    this.draining = spec?.status === 'DRAINING'
    this.cpu = registered?.cpu ?? 0
    this.memory = registered?.memory ?? 0
    this.attributes = new Map(attributes.map(({ name, value }) => [name, value ?? '']))
    this.agentConnected = status?.agentConnected ?? false
    this.agentVersion = agentVersion
    this.registeredAt = status?.registeredAt ?? ''
    this.#reservedPorts.tcp = new Set(registered?.ports)
    this.#reservedPorts.udp = new Set(registered?.portsUdp)
    return true
  }

  /** Books a task's reservation (`sign` 1) or takes it back (-1). */
  book({ group, demand }: Pick<Bound, 'group' | 'demand'>, sign: 1 | -1): void {
    this.reservedCpu += sign * demand.cpu
    this.reservedMemory += sign * demand.memory
    this.runningTasksCount += sign
    count(this.#groups, group, sign)
    for (const port of demand.ports) count(this.#heldPorts.tcp, port, sign)
    for (const port of demand.portsUdp) count(this.#heldPorts.udp, port, sign)
  }
}

function count<K>(counts: Map<K, number>, key: K, by: 1 | -1): void {
  const now = (counts.get(key) ?? 0) + by
  if (now === 0) counts.delete(key)
  else counts.set(key, now)
}

/** A waiting task and what this process knows about its case. */
export interface Case {
  readonly task: Waiting
  /** The version of the books at which it was last refused; undefined: not tried yet. */
  triedAt: number | undefined
  /** The last refusal. */
  refusal: Refusal | undefined
  /** When this process last wrote its condition. */
  writtenAt: Instant | undefined
}

interface Booking {
  readonly bound: Bound
  /** The version that a binding of ours was tried on, while its outcome is not known. */
  readonly tryingOn: string | undefined
}

/** Oldest first, then by name. */
const inOrder = (a: Waiting, b: Waiting): number =>
  a.createdAt !== b.createdAt ? (a.createdAt < b.createdAt ? -1 : 1) : a.name < b.name ? -1 : a.name > b.name ? 1 : 0

/** The books of one cluster. */
export class ClusterBook {
  readonly #instances = new Map<string, InstanceBook>()
  #ordered: readonly InstanceBook[] | undefined
  readonly #bookings = new Map<string, Booking>()
  readonly #cases = new Map<string, Case>()
  /** The cases in order. */
  readonly #queue: Case[] = []
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
    return this.#queue
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
    return this.#bookings.size === 0 && this.#cases.size === 0 && this.instances.length === 0
  }

  instance(name: string): InstanceBook | undefined {
    return this.#instances.get(name)
  }
  isWaiting(name: string): boolean {
    return this.#cases.has(name)
  }
  /** Whether seeing this would change nothing. */
  knows(name: string, seen: Seen): boolean {
    if (seen.is === 'none') return !this.#bookings.has(name) && !this.#cases.has(name)
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
    const old = this.#cases.get(name)
    const keep = old !== undefined && seen.is === 'waiting' && isSameCase(old.task, seen.task)
    if (booking !== undefined) this.#unbook(booking.bound)
    if (old !== undefined) this.#removeCase(old)
    if (seen.is === 'bound') this.#book(seen.task, undefined)
    if (seen.is === 'waiting')
      this.#addCase(
        keep
          ? { ...old, task: seen.task }
          : { task: seen.task, triedAt: undefined, refusal: undefined, writtenAt: undefined },
      )
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
    const one = this.#cases.get(name)
    if (one !== undefined) one.writtenAt = at
  }

  /** The oldest `most` waiting tasks that were not tried since something changed that may help them. */
  untried(most: number): readonly Case[] {
    const found: Case[] = []
    for (const one of this.#queue) {
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

  #addCase(added: Case): void {
    this.#cases.set(added.task.name, added)
    this.#queue.splice(this.#place(added.task), 0, added)
  }
  #removeCase(removed: Case): void {
    this.#cases.delete(removed.task.name)
    this.#queue.splice(this.#place(removed.task), 1)
  }
  /** Where the task is, or belongs, in the queue. */
  #place(task: Waiting): number {
    let [low, high] = [0, this.#queue.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = this.#queue[middle]
      if (at !== undefined && inOrder(at.task, task) < 0) low = middle + 1
      else high = middle
    }
    return low
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

const isSameCase = (a: Waiting, b: Waiting): boolean =>
  a.uid === b.uid && a.ask?.shape === b.ask?.shape && a.definitionAbsent === b.definitionAbsent
