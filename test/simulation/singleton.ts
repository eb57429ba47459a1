/** A service that may run once at most, and what befalls it: changes, and agents that are cut off while its containers live on. */
import { type Random, randomBelow } from '../../lib/random.ts'
import { type Millis, millis } from '../../lib/time.ts'
import { definition } from './definition-step.ts'
import { agentOf, type SimFault, type Timed } from './faults.ts'
import { pick } from './pick.ts'
import type { ScenarioPlan } from './scenario.ts'
import type { Step } from './step.ts'

const name = 'solo'

export interface Singleton {
  readonly steps: readonly Timed<Step>[]
  readonly faults: readonly Timed<SimFault>[]
}

const earliest = 8000

/** Nothing in every third seed. */
export function singletonFrom(random: Random, { instances, within, changes }: ScenarioPlan): Singleton {
  if (randomBelow(random, 3) === 0) return { steps: [], faults: [] }
  const at = millis(randomBelow(random, 5000))
  const later = (): Millis => millis(earliest + randomBelow(random, within - earliest))
  const shape = {
    name,
    desired: 1,
    min: 0,
    max: 100,
    spread: false,
    breaker: undefined,
    ready: undefined,
    steps: undefined,
    hook: undefined,
  }
  const steps: Timed<Step>[] = [
    { at, what: version(random) },
    { at, what: { step: 'service', shape } },
  ]
  for (let n = 0; n < changes; n += 2) steps.push({ at: later(), what: change(random) })
  const faults: Timed<SimFault>[] = []
  for (let n = 1 + randomBelow(random, 3); n > 0; n -= 1) {
    const instance = pick(random, instances)
    const lasts = millis(30_000 + randomBelow(random, 60_000))
    const how = pick(random, ['wipe', 'powerCut'] as const)
    const begins = later()
    if (randomBelow(random, 3) > 0)
      faults.push({ at: begins, what: { fault: 'cutOff', process: agentOf(instance), how: 'hangs', lasts } })
    else {
      faults.push({ at: begins, what: { fault: 'instanceDies', instance, how, downFor: lasts } })
      // a person looks after a while, and says that the machine is gone
      steps.push({ at: millis(begins + 20_000 + randomBelow(random, 20_000)), what: { step: 'deregister', instance } })
    }
  }
  return { steps, faults }
}

/** Each has an image of its own, which no machine has yet. */
const version = (random: Random): Step => ({
  ...definition(random, name, 0, 6),
  image: `solo:${randomBelow(random, 1e6)}`,
})

function change(random: Random): Step {
  switch (pick(random, ['update', 'update', 'restart', 'stopTask', 'revert', 'scale', 'delete', 'recreate'])) {
    case 'restart':
      return { step: 'restart', service: name }
    case 'stopTask':
      return { step: 'stopTask', service: name, nth: 0 }
    case 'revert':
      return { step: 'revert', service: name, back: randomBelow(random, 3) }
    case 'scale':
      return { step: 'scale', service: name, desired: randomBelow(random, 2) }
    case 'delete':
      return { step: 'deleteService', service: name }
    case 'recreate': {
      const shape = {
        name,
        desired: 1,
        min: 0,
        max: 100,
        spread: true,
        breaker: undefined,
        ready: undefined,
        steps: undefined,
        hook: undefined,
      }
      return { step: 'service', shape }
    }
    default:
      return version(random)
  }
}
