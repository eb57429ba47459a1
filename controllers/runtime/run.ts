/** Puts the parts together: election, caches, queues, loops. What a process does to run controllers is this one call. */
import type { ResourceClient } from '../../api/client/client.ts'
import { groupResource, type Kind } from '../../api/meta/kind.ts'
import { type Clock, deadline } from '../../lib/clock.ts'
import { Fault } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Random } from '../../lib/random.ts'
import { Scope } from '../../lib/scope.ts'
import { ObjectCache } from './cache.ts'
import { cachingClient } from './caching-client.ts'
import type { Controller, Deps } from './controller.ts'
import { Dispatch } from './dispatch.ts'
import { EventQueue } from './events.ts'
import { fencedClient } from './fenced-client.ts'
import { runInformer } from './informer.ts'
import { electLeader } from './leader.ts'
import { type ElectionLimits, type RuntimeLimits, runtimeLimits } from './limits.ts'
import { contextLogger } from './log-context.ts'
import { runLoop } from './loop.ts'
import { noMetrics, type RuntimeMetrics } from './metrics.ts'
import { type QueueOptions, WorkQueue } from './queue.ts'
import { orAbort } from './race.ts'
import { type Selection, selectionText } from './selection.ts'

/** Where a run stands; `running` is what readiness asks for. */
export const runStates = ['electing', 'syncing', 'running'] as const
export type RunState = (typeof runStates)[number]

export interface RunOptions {
  readonly client: ResourceClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Unique to this process and this start of it. */
  readonly identity: string
  /** Who reports events: `gantry-controllers`. */
  readonly component: string
  readonly make: (d: Deps) => readonly Controller[]
  /** With it, waits for leadership first; without, all who call this act at once. */
  readonly leaderElection?: {
    readonly namespace: string
    readonly name: string
    readonly limits?: Partial<ElectionLimits>
    /** With it, the Lease has a way of its own, on which no work can make renewals late. */
    readonly client?: ResourceClient
  }
  /** The parts of a kind that are watched where a controller wants all of it; undefined: all. */
  readonly selectionsOf?: (kind: Kind) => readonly Selection[] | undefined
  readonly metrics?: RuntimeMetrics
  readonly limits?: Partial<RuntimeLimits>
  /** Told of each state as it is reached. */
  readonly onState?: (state: RunState) => void
}

/**
 * Runs controllers until `signal` aborts, then returns once all passes under way have ended. Faults: Unavailable when
 * leadership was lost, or when the caches did not fill in time; the caller may start it again at once. Anything else
 * that is thrown is a bug or a refusal that no retry mends.
 */
export async function runControllers(options: RunOptions, signal: AbortSignal): Promise<void> {
  const metrics = options.metrics ?? noMetrics
  const election = options.leaderElection
  if (election === undefined) return runAll(options, options.client, signal)
  metrics.leading(election.name, false)
  options.onState?.('electing')
  const { client, clock, random, log, identity } = options
  try {
    await electLeader(
      { client, clock, random, log, identity, ...election },
      async (leadership) => {
        metrics.leading(election.name, true)
        await runAll(options, fencedClient(client, leadership), leadership.signal)
      },
      signal,
    )
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    metrics.leading(election.name, false)
  }
}

async function runAll(options: RunOptions, client: ResourceClient, signal: AbortSignal): Promise<void> {
  const { clock, random, identity, component } = options
  const log = contextLogger(options.log)
  const metrics = options.metrics ?? noMetrics
  const limits = { ...runtimeLimits, ...options.limits }
  const events = new EventQueue({ client, clock, log, metrics, limits, component, identity })
  const dispatch = new Dispatch(log)
  const cache = new ObjectCache({ onChange: (kind, old, now) => dispatch.changed(kind, old, now) })
  const controllers = options.make({ client: cachingClient(client, cache), cache, clock, random, log, events })
  for (const index of controllers.flatMap(({ indexes }) => indexes ?? [])) cache.declare(index)
  const queues = controllers.map((controller) => queueOf(controller, { clock, random, settle: limits.settle }, metrics))
  for (const [at, controller] of controllers.entries()) dispatch.connect(controller, queues[at] as WorkQueue)

  await using scope = new Scope(signal)
  scope.go('events', (s) => events.run(s))
  const wanted = streamsOf(controllers).flatMap(({ kind, only }) => {
    const parts = only === undefined ? options.selectionsOf?.(kind) : undefined
    return parts === undefined ? [{ kind, only }] : parts.map((part) => ({ kind, only: part }))
  })
  const streams = wanted.map(({ kind, only }) => ({ kind, only, source: cache.source(kind, only) }))
  options.onState?.('syncing')
  const synced = streams.map(({ kind, only, source }) => {
    metrics.kind(groupResource(kind))
    const first = Promise.withResolvers<void>()
    const onSynced = (): void => first.resolve()
    scope.go(`informer ${kind.plural}`, (s) =>
      runInformer({ client, clock, random, log, metrics, limits, kind, only, source, onSynced }, s),
    )
    return first.promise
  })
  await allSynced(synced, streams, { clock, limits }, scope)
  if (scope.signal.aborted) return scope.ended
  dispatch.start(cache)
  let passes = 0
  const nextId = (): number => {
    passes += 1
    return passes
  }
  for (const [at, controller] of controllers.entries()) {
    const queue = queues[at] as WorkQueue
    scope.go(`controller ${controller.name}`, async (s) => {
      try {
        await runLoop({ controller, queue, clock, log, metrics, limits, nextId }, s)
      } finally {
        queue.close()
      }
    })
    const { follow } = controller
    if (follow !== undefined)
      scope.go(`source of ${controller.name}`, (s) => follow.call(controller, (key) => queue.add(key), s))
  }
  options.onState?.('running')
  log.info({ component, controllers: controllers.map(({ name }) => name) }, 'controllers running')
  await scope.ended
}

/** Waits for the first list of every stream, or for the end of the scope, whatever comes first. */
async function allSynced(
  synced: readonly Promise<void>[],
  streams: readonly { readonly kind: Kind }[],
  { clock, limits }: { readonly clock: Clock; readonly limits: RuntimeLimits },
  scope: Scope,
): Promise<void> {
  const waiting = new Set(streams.keys())
  for (const [at, one] of synced.entries()) void one.then(() => waiting.delete(at))
  const missing = (): string => [...waiting].map((at) => streams[at]?.kind.plural).join(', ')
  const limit = deadline(
    clock,
    limits.sync,
    scope.signal,
    () => new Fault('Unavailable', `caches did not fill within ${limits.sync / 1000} s: ${missing()}`),
  )
  try {
    await orAbort(Promise.all(synced), limit.signal)
  } catch (error) {
    if (!scope.signal.aborted) throw error
  } finally {
    limit.done()
  }
}

function queueOf(
  { name }: Controller,
  options: Omit<QueueOptions, 'onDepth' | 'onWait'>,
  metrics: RuntimeMetrics,
): WorkQueue {
  metrics.controller(name)
  return new WorkQueue({
    ...options,
    onDepth: (depth) => metrics.queueDepth(name, depth),
    onWait: (wait) => metrics.queueWait(name, wait),
  })
}

/** One stream per kind and selection; a kind that somebody wants whole has one stream only. */
export function streamsOf(controllers: readonly Controller[]): readonly { kind: Kind; only: Selection | undefined }[] {
  const byKind = new Map<string, { kind: Kind; selections: Map<string, Selection | undefined> }>()
  for (const { kind, only } of controllers.flatMap((controller) => controller.watches)) {
    const of = byKind.get(groupResource(kind)) ?? { kind, selections: new Map() }
    byKind.set(groupResource(kind), of)
    of.selections.set(selectionText(only), only)
  }
  const everything = selectionText(undefined)
  return [...byKind.values()].flatMap(({ kind, selections }) =>
    selections.has(everything) ? [{ kind, only: undefined }] : [...selections.values()].map((only) => ({ kind, only })),
  )
}
