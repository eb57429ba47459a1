/** A service whose containers end by themselves, and are started again in place where their policy says so (ecs-core 4.5). */
import { type Random, randomBelow } from '../../lib/random.ts'
import { millis } from '../../lib/time.ts'
import { type DefinitionStep, definition, ignoredCode, restartingScripts, restartPeriod } from './definition-step.ts'
import type { Timed } from './faults.ts'
import { pick } from './pick.ts'
import type { ScenarioPlan } from './scenario.ts'
import type { ServiceShape } from './service-shape.ts'
import type { Step } from './step.ts'

const name = 'again'

/** Small: it has its place beside all that runs there. */
const version = (random: Random): DefinitionStep => ({
  ...definition(random, name, 0),
  memory: 16,
  cpu: 0,
  script: pick(random, restartingScripts),
  restartPolicy: {
    enabled: true,
    restartAttemptPeriod: restartPeriod,
    ignoredExitCodes: randomBelow(random, 2) === 0 ? [] : [ignoredCode],
  },
})

const shape: ServiceShape = {
  name,
  desired: 2,
  min: 50,
  max: 200,
  spread: true,
  breaker: undefined,
  ready: undefined,
  steps: undefined,
  hook: undefined,
}

/** Nothing in every second seed. */
export function restartsFrom(random: Random, { within, changes }: ScenarioPlan): readonly Timed<Step>[] {
  if (randomBelow(random, 2) === 0) return []
  const at = millis(randomBelow(random, 10_000))
  const later = Array.from({ length: randomBelow(random, changes) }, () => ({
    at: millis(at + randomBelow(random, within - at)),
    what: change(random),
  }))
  return [{ at, what: version(random) }, { at, what: { step: 'service', shape } }, ...later]
}

function change(random: Random): Step {
  switch (pick(random, ['update', 'stopTask', 'stopTask', 'restart', 'scale'])) {
    case 'stopTask':
      return { step: 'stopTask', service: name, nth: randomBelow(random, 3) }
    case 'restart':
      return { step: 'restart', service: name }
    case 'scale':
      return { step: 'scale', service: name, desired: randomBelow(random, 4) }
    default:
      return version(random)
  }
}
