/** The server's own metrics. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Clock } from '../../lib/clock.ts'
import { between } from '../../lib/time.ts'

/** Few values, whatever clients ask for: the plural, if it is one of `plurals`. */
function resourceOf(path: string, plurals: ReadonlySet<string>): string {
  const parts = path.split('/').filter((part) => part !== '')
  const rest = parts[0] === 'api' ? parts.slice(2) : parts[0] === 'apis' ? parts.slice(3) : []
  const plural = rest[0] === 'namespaces' && rest.length > 2 ? rest[2] : rest[0]
  return plural !== undefined && plurals.has(plural) ? plural : 'other'
}

/** Counts lines of the audit log that were lost. */
export function auditMetrics(registry: Registry): (lines: number) => void {
  const dropped = new Counter({
    name: 'gantry_audit_lines_dropped_total',
    help: 'Lines of the audit log that were lost because the disk did not keep up or failed.',
    registers: [registry],
  })
  return (lines) => dropped.inc(lines)
}

/** What `make` made of the words of a text; texts are few. */
function remembered<T>(make: (words: readonly string[]) => T): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    const found = known.get(text) ?? make(text.split(' '))
    known.set(text, found)
    return found
  }
}

/** Counts what a registry cannot read of its store, whenever it is asked. */
export function unreadableMetrics(registry: Registry, unreadable: () => ReadonlyMap<string, number>): void {
  new Gauge({
    name: 'gantry_store_unreadable_objects',
    help: 'Stored objects that cannot be read: left out of lists and watches.',
    labelNames: ['resource'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [resource, count] of unreadable()) this.set({ resource }, count)
    },
  })
}

/** Of requests about resources named in `plurals`, and of all others together. */
export function requestMetrics(registry: Registry, clock: Clock, plurals: ReadonlySet<string>) {
  const duration = new Histogram({
    name: 'gantry_api_request_duration_seconds',
    help: 'Time to answer, for streams until they begin.',
    labelNames: ['method', 'resource'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers: [registry],
  })
  const requests = new Counter({
    name: 'gantry_api_requests_total',
    help: 'Requests answered.',
    labelNames: ['method', 'resource', 'code'],
    registers: [registry],
  })
  const streams = new Gauge({
    name: 'gantry_api_streams',
    help: 'Watches that are open.',
    registers: [registry],
  })
  // finding a series by its labels costs more than counting in it
  const durations = remembered(([method = '', resource = '']) => duration.labels(method, resource))
  const counts = remembered(([method = '', resource = '', code = '']) => requests.labels(method, resource, code))
  return {
    started(method: string, path: string): (code: number) => void {
      const at = clock.now()
      const resource = resourceOf(path, plurals)
      return (code) => {
        durations(`${method} ${resource}`).observe(between(at, clock.now()) / 1000)
        counts(`${method} ${resource} ${code}`).inc()
      }
    },
    streams: (open: number): void => streams.set(open),
  }
}
