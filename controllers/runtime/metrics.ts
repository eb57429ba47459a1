/** What the runtime counts, as a small interface, and its prom-client implementation with every series at zero first. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { FaultCode } from '../../lib/errors.ts'
import type { Millis } from '../../lib/time.ts'

/** How a pass over one key ended. `failed`: will be retried; `refused`: not until something changes; `bug`: no Fault. */
export const passResults = ['done', 'conflict', 'failed', 'refused', 'bug'] as const
export type PassResult = (typeof passResults)[number]

export const eventResults = ['written', 'merged', 'dropped', 'failed'] as const
export type EventResult = (typeof eventResults)[number]

export interface RuntimeMetrics {
  /** Announces a controller: its series exist from now on. */
  controller(name: string): void
  queueDepth(controller: string, depth: number): void
  queueWait(controller: string, wait: Millis): void
  pass(controller: string, result: PassResult, took: Millis): void
  /** Announces a kind that is watched (`tasks.gantry.dev`). */
  kind(name: string): void
  listed(kind: string): void
  watchBroken(kind: string, code: FaultCode): void
  event(result: EventResult): void
  leading(lease: string, leads: boolean): void
}

/** Counts nothing. */
export const noMetrics: RuntimeMetrics = {
  controller: () => undefined,
  queueDepth: () => undefined,
  queueWait: () => undefined,
  pass: () => undefined,
  kind: () => undefined,
  listed: () => undefined,
  watchBroken: () => undefined,
  event: () => undefined,
  leading: () => undefined,
}

const inSeconds = (duration: Millis): number => duration / 1000
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Prometheus series in `registry`; call once per registry and share it between runs. */
export function prometheusMetrics(registry: Registry): RuntimeMetrics {
  const registers = [registry]
  const passes = new Counter({
    name: 'gantry_controller_reconcile_total',
    help: 'Passes over one key, by how they ended.',
    labelNames: ['controller', 'result'] as const,
    registers,
  })
  const took = new Histogram({
    name: 'gantry_controller_reconcile_seconds',
    help: 'Duration of passes.',
    labelNames: ['controller'] as const,
    buckets,
    registers,
  })
  const depth = new Gauge({
    name: 'gantry_controller_queue_depth',
    help: 'Keys waiting to run.',
    labelNames: ['controller'] as const,
    registers,
  })
  const wait = new Histogram({
    name: 'gantry_controller_queue_seconds',
    help: 'How long keys waited to run.',
    labelNames: ['controller'] as const,
    buckets,
    registers,
  })
  const lists = new Counter({
    name: 'gantry_informer_lists_total',
    help: 'Full lists made by informers.',
    labelNames: ['kind'] as const,
    registers,
  })
  const breaks = new Counter({
    name: 'gantry_informer_breaks_total',
    help: 'Watches that broke or went silent, by fault.',
    labelNames: ['kind', 'fault'] as const,
    registers,
  })
  const events = new Counter({
    name: 'gantry_events_total',
    help: 'Events recorded, by what became of them.',
    labelNames: ['result'] as const,
    registers,
  })
  const leader = new Gauge({
    name: 'gantry_leader',
    help: 'Whether this process leads, by lease.',
    labelNames: ['lease'] as const,
    registers,
  })
  for (const result of eventResults) events.inc({ result }, 0)
  return {
    controller(name) {
      for (const result of passResults) passes.inc({ controller: name, result }, 0)
      took.zero({ controller: name })
      wait.zero({ controller: name })
      depth.set({ controller: name }, 0)
    },
    queueDepth: (controller, n) => depth.set({ controller }, n),
    queueWait: (controller, duration) => wait.observe({ controller }, inSeconds(duration)),
    pass(controller, result, duration) {
      passes.inc({ controller, result })
      took.observe({ controller }, inSeconds(duration))
    },
    kind(name) {
      lists.inc({ kind: name }, 0)
      breaks.inc({ kind: name, fault: 'Timeout' }, 0)
    },
    listed: (kind) => lists.inc({ kind }),
    watchBroken: (kind, fault) => breaks.inc({ kind, fault }),
    event: (result) => events.inc({ result }),
    leading: (lease, leads) => leader.set({ lease }, leads ? 1 : 0),
  }
}
