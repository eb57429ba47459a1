/** Decides which waiting tasks go where, and what those that stay are told. */
import { zoneAttribute } from '../../api/v1/container-instance.ts'
import type { PlacementStrategy } from '../../api/v1/placement.ts'
import { backoffDelay } from '../../lib/backoff.ts'
import type { Random } from '../../lib/random.ts'
import { earliest, type Instant, plus } from '../../lib/time.ts'
import type { ClusterBook } from './books/cluster-book.ts'
import type { InstanceBook } from './books/instance-book.ts'
import type { Case } from './books/waiting-line.ts'
import { cpu } from './filters/cpu.ts'
import { distinctInstance } from './filters/distinct-instance.ts'
import type { Filter } from './filters/filter.ts'
import { hostPorts } from './filters/host-ports.ts'
import { memberOf } from './filters/member-of.ts'
import { memory } from './filters/memory.ts'
import { placeable } from './filters/placeable.ts'
import { type SchedulerLimits, schedulerLimits } from './limits.ts'
import type { Ask, Refusal, RefusalReason } from './state.ts'
import { binpack } from './strategies/binpack.ts'
import { leastReserved } from './strategies/least-reserved.ts'
import { random } from './strategies/random.ts'
import { spread } from './strategies/spread.ts'
import type { Strategy } from './strategies/strategy.ts'

/** Tasks are named by their name within the cluster. */
export type Action =
  /** Say which revision the task's reference means, once. */
  | { readonly do: 'resolve'; readonly task: string; readonly revision: string }
  | { readonly do: 'bind'; readonly task: string; readonly version: string; readonly instance: string }
  /** Say why the task has no place; `announce`: the reason is new, so an Event says it too. */
  | { readonly do: 'explain'; readonly task: string; readonly refusal: Refusal; readonly announce: boolean }
  /** Say that the task has a place after all. */
  | { readonly do: 'confirm'; readonly task: string }

export interface Plan {
  readonly actions: readonly Action[]
  /** When time alone makes something due; whether tasks are still untried is asked of the books after acting. */
  readonly wakeAt: Instant | undefined
}

/** In ECS's order: an instance counts under the first that refuses it (ecs-core 6.1). */
const filters: readonly Filter[] = [placeable, cpu, memory, hostPorts, memberOf, distinctInstance]

const strategies: Readonly<Record<PlacementStrategy['type'], Strategy>> = { random, spread, binpack }

/** A service without a strategy: over zones, then over instances (ecs-core 6.5). */
const defaultStrategies: readonly PlacementStrategy[] = [
  { type: 'spread', field: `attribute:${zoneAttribute}` },
  { type: 'spread', field: 'instanceId' },
]

export type Verdict = { readonly instance: InstanceBook } | { readonly refusal: Refusal }

/** The instance for a task that asks for `ask`, or why there is none. */
export function place(
  ask: Ask,
  instances: readonly InstanceBook[],
  chance: Random,
  limits: Pick<SchedulerLimits, 'refusalsInMessage'> = schedulerLimits,
): Verdict {
  const applying = filters.filter((filter) => filter.appliesTo(ask))
  const refusals = new Map<string, { readonly reason: RefusalReason; count: number }>()
  const fitting: InstanceBook[] = []
  for (const instance of instances) {
    let refused = false
    for (const filter of applying) {
      const why = filter.refuse(ask, instance)
      if (why === undefined) continue
      const tally = refusals.get(why) ?? { reason: filter.reason, count: 0 }
      refusals.set(why, { reason: tally.reason, count: tally.count + 1 })
      refused = true
      break
    }
    if (!refused) fitting.push(instance)
  }
  if (fitting.length === 0) return { refusal: refusalOf(instances.length, refusals, limits.refusalsInMessage) }
  return { instance: bestOf(fitting, ask, instances, chance) }
}

function bestOf(
  fitting: readonly InstanceBook[],
  ask: Ask,
  instances: readonly InstanceBook[],
  chance: Random,
): InstanceBook {
  let left = fitting
  for (const { type, field = '' } of ask.strategies.length > 0 ? ask.strategies : defaultStrategies) {
    left = strategies[type](left, { ask, field, instances, random: chance })
  }
  const [best] = leastReserved(left, { ask, field: '', instances, random: chance })
  return best ?? (fitting[0] as InstanceBook)
}

/** `0/5 instances: 3 short of memory (256 MiB), 2 port 80 in use`; the reason that most instances have. */
function refusalOf(
  instances: number,
  refusals: ReadonlyMap<string, { readonly reason: RefusalReason; readonly count: number }>,
  most: number,
): Refusal {
  if (instances === 0)
    return { reason: 'NoContainerInstances', message: 'No Container Instances were found in your cluster.' }
  const counted = [...refusals]
    .map(([why, { reason, count }]) => ({ why, reason, count }))
    .sort((a, b) => b.count - a.count || (a.why < b.why ? -1 : 1))
  const told = counted.slice(0, most).map(({ count, why }) => `${count} ${why}`)
  const others = counted.slice(most).reduce((sum, { count }) => sum + count, 0)
  if (others > 0) told.push(`${others} for other reasons`)
  return { reason: counted[0]?.reason ?? 'NotPlaceable', message: `0/${instances} instances: ${told.join(', ')}` }
}

/**
 * Decides about the next batch, oldest task first, and enters each decision into the books at once so that the next sees it.
 * The actions carry it out; what became of them is seen again in the cache.
 */
export function plan(book: ClusterBook, now: Instant, chance: Random, limits: SchedulerLimits = schedulerLimits): Plan {
  const again = book.unconfirmed.map(
    ({ bound, tryingOn = '' }): Action => ({
      do: 'bind',
      task: bound.name,
      version: tryingOn,
      instance: bound.instance,
    }),
  )
  const confirms = [...book.misreported].map((task): Action => ({ do: 'confirm', task }))
  if (book.retryAt !== undefined && book.retryAt <= now) {
    book.retries += 1
    book.retryAt = undefined
    book.tryAllAgain()
  }
  const binds = placeBatch(book, chance, limits)
  if (binds.length > 0) book.retries = 0
  const { explains, wakeAt } = explanations(book, now, limits)
  book.retryAt = book.waiting.length === 0 ? undefined : (book.retryAt ?? retryAfter(book, now, limits))
  return { actions: [...again, ...binds, ...confirms, ...explains], wakeAt: earliest(wakeAt, book.retryAt) }
}

const retryAfter = (book: ClusterBook, now: Instant, limits: SchedulerLimits): Instant =>
  plus(now, backoffDelay(limits.retry, book.retries + 1))

function placeBatch(book: ClusterBook, chance: Random, limits: SchedulerLimits): readonly Action[] {
  const binds: Action[] = []
  const refusedShapes = new Map<string, Refusal>()
  for (const one of book.untried(limits.batch)) {
    const { ask, name, version } = one.task
    if (ask === undefined) {
      if (one.task.refusal !== undefined) book.refuse(one, one.task.refusal)
      continue
    }
    const known = ask.followsOthers ? undefined : refusedShapes.get(ask.shape)
    const verdict = known === undefined ? place(ask, book.instances, chance, limits) : { refusal: known }
    if ('refusal' in verdict) {
      refusedShapes.set(ask.shape, verdict.refusal)
      book.refuse(one, verdict.refusal)
    } else {
      book.assume(one, ask, verdict.instance.name)
      binds.push({ do: 'bind', task: name, version, instance: verdict.instance.name })
    }
  }
  return binds
}

/** What is to be said, now or later: a new reason at once, new words for the same reason not too often. */
function explanations(
  book: ClusterBook,
  now: Instant,
  limits: SchedulerLimits,
): { readonly explains: readonly Action[]; readonly wakeAt: Instant | undefined } {
  const explains: Action[] = []
  let wakeAt: Instant | undefined
  for (const one of book.waiting) {
    const due = explanationDue(one, now, limits)
    if (due === undefined || one.refusal === undefined) continue
    const announce = one.refusal.reason !== one.task.said?.reason
    if (due <= now) explains.push({ do: 'explain', task: one.task.name, refusal: one.refusal, announce })
    else wakeAt = earliest(wakeAt, due)
  }
  return { explains, wakeAt }
}

function explanationDue(
  { task, refusal, writtenAt }: Case,
  now: Instant,
  limits: SchedulerLimits,
): Instant | undefined {
  const { said } = task
  if (refusal === undefined || (said?.reason === refusal.reason && said.message === refusal.message)) return undefined
  return said?.reason === refusal.reason && writtenAt !== undefined ? plus(writtenAt, limits.reword) : now
}
