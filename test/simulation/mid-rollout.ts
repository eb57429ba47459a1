/** A service that is changed over and over: each rollout of it meets another change while it is under way. */
import { type Random, randomBelow } from '../../lib/random.ts'
import { type Millis, millis } from '../../lib/time.ts'
import { type DefinitionStep, definition } from './definition-step.ts'
import type { Timed } from './faults.ts'
import { unpushed } from './image-registry.ts'
import { pick } from './pick.ts'
import type { ScenarioPlan } from './scenario.ts'
import { shapeOf } from './service-shape.ts'
import type { Step } from './step.ts'

const name = 'web'

function version(random: Random): DefinitionStep {
  const made = definition(random, name, 0)
  return randomBelow(random, 6) === 0 ? { ...made, image: unpushed } : made
}

/** Seconds between what begins a rollout and what meets it: from at once to when it is mostly done. */
const soon = (random: Random, at: Millis): Millis => millis(at + randomBelow(random, pick(random, [500, 4000, 15_000])))

/** Nothing in every third seed. */
export function midRolloutFrom(random: Random, { instances, within, changes }: ScenarioPlan): readonly Timed<Step>[] {
  if (randomBelow(random, 3) === 0) return []
  const shape = () => shapeOf(random, name, 0, instances.length)
  const begins = millis(randomBelow(random, 5000))
  const steps: Timed<Step>[] = [
    { at: begins, what: version(random) },
    { at: begins, what: { step: 'service', shape: shape() } },
  ]
  for (let n = randomBelow(random, 4); n > 0; n -= 1) {
    const at = millis(begins + randomBelow(random, within - begins))
    const revisions = pick(random, [0, 0, 1, 1, 2, undefined])
    steps.push({ at, what: { step: 'keep', family: pick(random, [name, name, 'shop', 'spare']), revisions } })
  }
  for (let n = 0; n < changes; n += 2) {
    const at = millis(15_000 + randomBelow(random, within - 60_000))
    steps.push({ at, what: randomBelow(random, 4) === 0 ? { step: 'restart', service: name } : version(random) })
    const last = soon(random, at)
    steps.push(...meets(random, last, shape))
    if (randomBelow(random, 2) === 0) steps.push(...meets(random, soon(random, last), shape))
  }
  return steps
}

/** What comes in between. */
function meets(random: Random, at: Millis, shape: () => ReturnType<typeof shapeOf>): readonly Timed<Step>[] {
  const step = pick(random, ['bounds', 'bounds', 'revert', 'revert', 'anew', 'anew', 'pause', 'drop', 'scale', 'ask'])
  switch (step) {
    case 'bounds': {
      const [min, max] = pick(random, [
        [0, 100],
        [50, 100],
        [50, 150],
        [100, 150],
        [100, 200],
        [0, 200],
      ] as const)
      return [{ at, what: { step, service: name, min, max } }]
    }
    case 'revert': {
      const later = soon(random, at)
      const again = randomBelow(random, 2) === 0
      return [
        { at, what: { step, service: name, back: 1 + randomBelow(random, 2) } },
        ...(again ? [{ at: later, what: { step, service: name, back: 0 } } as const] : []),
      ]
    }
    case 'anew': {
      // under the same name, as soon as that is free
      const what: Step = { step: 'service', shape: shape() }
      return [
        { at, what: { step: 'deleteService', service: name } },
        ...[500, 3000, 10_000, 30_000].map((after) => ({ at: millis(at + after), what })),
      ]
    }
    case 'pause':
      return [
        { at, what: { step, service: name } },
        { at: millis(at + randomBelow(random, 40_000)), what: { step: 'unpause', service: name } },
      ]
    case 'drop':
      return [
        {
          at,
          what: {
            step: pick(random, ['deregisterRevision', 'deleteRevision']),
            family: name,
            back: randomBelow(random, 3),
          },
        },
      ]
    case 'scale':
      return [{ at, what: { step, service: name, desired: randomBelow(random, 7) } }]
    default:
      return [{ at, what: { step: pick(random, ['abort', 'rollback', 'promote']), service: name } }]
  }
}
