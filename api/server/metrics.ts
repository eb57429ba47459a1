/** The server's own metrics. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Clock } from '../../lib/clock.ts'
import { between } from '../../lib/time.ts'

/** Few values, whatever clients ask for: the plural, or the kind of endpoint. */
function resourceOf(path: string): string {
  const parts = path.split('/').filter((part) => part !== '')
  const rest = parts[0] === 'api' ? parts.slice(2) : parts[0] === 'apis' ? parts.slice(3) : []
  const plural = rest[0] === 'namespaces' && rest.length > 2 ? rest[2] : rest[0]
  return plural !== undefined && /^[a-z]{1,40}$/.test(plural) ? plural : 'other'
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

export function requestMetrics(registry: Registry, clock: Clock) {
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
  return {
    started(method: string, path: string): (code: number) => void {
      const at = clock.now()
      const labels = { method, resource: resourceOf(path) }
      return (code) => {
        duration.observe(labels, between(at, clock.now()) / 1000)
        requests.inc({ ...labels, code: String(code) })
      }
    },
    streams: (open: number): void => streams.set(open),
  }
}
