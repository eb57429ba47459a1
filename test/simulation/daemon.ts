/** A service with one task on each instance, and what users do with it. */
import { type Random, randomBelow } from '../../lib/random.ts'
import { millis } from '../../lib/time.ts'
import { type DefinitionStep, definition } from './definition-step.ts'
import type { Timed } from './faults.ts'
import { pick } from './pick.ts'
import type { ScenarioPlan } from './scenario.ts'
import { breakerOf, type ServiceShape } from './service-shape.ts'
import type { Step } from './step.ts'

const name = 'node'

/** Small: it has its place beside all that runs there. */
const version = (random: Random): DefinitionStep => ({ ...definition(random, name, 0), memory: 16, cpu: 0 })

const shapeOf = (random: Random): ServiceShape => ({
  name,
  daemon: true,
  desired: randomBelow(random, 2),
  min: pick(random, [0, 0, 50]),
  max: 100,
  spread: false,
  breaker: breakerOf(random),
  ready: pick(random, [undefined, 0, 5]),
  steps: undefined,
  hook: undefined,
})

/** Nothing in every second seed. */
export function daemonFrom(random: Random, { within, changes }: ScenarioPlan): readonly Timed<Step>[] {
  if (randomBelow(random, 2) === 0) return []
  const at = millis(randomBelow(random, 20_000))
  const later = Array.from({ length: changes }, () => ({
    at: millis(at + randomBelow(random, within - at)),
    what: change(random),
  }))
  return [{ at, what: version(random) }, { at, what: { step: 'service', shape: shapeOf(random) } }, ...later]
}

function change(random: Random): Step {
  switch (pick(random, ['update', 'update', 'restart', 'stopTask', 'revert', 'delete', 'recreate', 'protect'])) {
    case 'restart':
      return { step: 'restart', service: name }
    case 'stopTask':
      return { step: 'stopTask', service: name, nth: randomBelow(random, 5) }
    case 'revert':
      return { step: 'revert', service: name, back: randomBelow(random, 3) }
    case 'delete':
      return { step: 'deleteService', service: name }
    case 'recreate':
      return { step: 'service', shape: shapeOf(random) }
    case 'protect':
      return { step: 'protect', service: name, nth: randomBelow(random, 5), minutes: randomBelow(random, 4) }
    default:
      return version(random)
  }
}
