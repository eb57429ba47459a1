/** Series exist at zero before the first event, so that rates and alerts work from the start. */
import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { millis } from '../../lib/time.ts'
import { prometheusMetrics } from './metrics.ts'

it('shows every series of a controller and kind at zero, then counts', async () => {
  const registry = new Registry()
  const metrics = prometheusMetrics(registry)
  metrics.controller('service')
  metrics.kind('tasks.gantry.dev')
  metrics.leading('controllers', false)
  const before = await registry.metrics()
  for (const line of [
    'gantry_controller_reconcile_total{controller="service",result="bug"} 0',
    'gantry_controller_reconcile_seconds_count{controller="service"} 0',
    'gantry_controller_queue_depth{controller="service"} 0',
    'gantry_informer_lists_total{kind="tasks.gantry.dev"} 0',
    'gantry_events_total{result="dropped"} 0',
    'gantry_leader{lease="controllers"} 0',
  ])
    expect(before).toContain(line)
  metrics.pass('service', 'conflict', millis(250))
  metrics.queueDepth('service', 3)
  metrics.leading('controllers', true)
  const after = await registry.metrics()
  expect(after).toContain('gantry_controller_reconcile_total{controller="service",result="conflict"} 1')
  expect(after).toContain('gantry_controller_reconcile_seconds_sum{controller="service"} 0.25')
  expect(after).toContain('gantry_controller_queue_depth{controller="service"} 3')
  expect(after).toContain('gantry_leader{lease="controllers"} 1')
})
