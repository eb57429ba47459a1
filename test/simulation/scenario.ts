/** What users do in a simulation, made from the seed: services of all shapes, and changes at bad moments. */
import { type Random, randomBelow } from '../../lib/random.ts'
import { type Millis, millis } from '../../lib/time.ts'
import { definition, images } from './definition-step.ts'
import type { Timed } from './faults.ts'
import { pick } from './pick.ts'
import { shapeOf } from './service-shape.ts'
import type { Step } from './step.ts'

export interface ScenarioPlan {
  readonly instances: readonly string[]
  /** Changes happen within this time. */
  readonly within: Millis
  readonly changes: number
}

/** Lives of containers that end, one way or the other. */
const jobScripts = ['exit:0 after:5s', 'exit:3', 'exit:0 after:20s stop:3s', 'start:fail', 'oom:4s']

/** One to three services, then changes; in order of time. */
export function scenarioFrom(random: Random, plan: ScenarioPlan): readonly Timed<Step>[] {
  const services = Array.from({ length: 1 + randomBelow(random, 3) }, (_, n) => ({
    name: ['shop', 'api', 'jobs'][n] as string,
    hostPort: randomBelow(random, 4) === 0 ? 8080 + n : 0,
  }))
  const migrate = {
    ...definition(random, 'migrate', 0),
    script: '',
    checked: false,
    sidecar: false,
    memory: 16,
    cpu: 0,
  }
  const steps: Timed<Step>[] = [{ at: millis(0), what: migrate }]
  const served: Timed<Step>[] = services.flatMap(({ name, hostPort }) => {
    const at = millis(randomBelow(random, 5000))
    const shape = shapeOf(random, name, hostPort, plan.instances.length)
    const later = millis(40_000 + randomBelow(random, 60_000))
    return [
      { at, what: definition(random, name, hostPort) },
      { at, what: { step: 'service', shape } },
      // when the first one has mostly come to rest
      { at: later, what: definition(random, name, hostPort, 2) },
    ]
  })
  steps.push(...served)
  for (let n = 0; n < plan.changes; n += 1) {
    const service = pick(random, services)
    const at = millis(2000 + randomBelow(random, plan.within - 2000))
    steps.push({ at, what: change(random, service, plan) })
  }
  // drawn last, so that a seed's other steps stay as they are
  for (let n = randomBelow(random, plan.changes); n > 0; n -= 3) {
    const at = millis(2000 + randomBelow(random, plan.within - 2000))
    steps.push({ at, what: run(random, pick(random, services).name) })
  }
  for (let n = randomBelow(random, plan.changes); n > 0; n -= 1) {
    const at = millis(2000 + randomBelow(random, plan.within - 2000))
    const service = pick(random, services).name
    steps.push({ at, what: { step: 'protect', service, nth: randomBelow(random, 5), minutes: randomBelow(random, 5) } })
  }
  for (let n = randomBelow(random, 4); n > 0; n -= 1) {
    const at = millis(2000 + randomBelow(random, plan.within - 2000))
    steps.push(...request(random, pick(random, services).name, at))
  }
  for (let n = 4 + randomBelow(random, 12); n > 0; n -= 1) {
    const at = millis(2000 + randomBelow(random, plan.within - 2000))
    steps.push({ at, what: { step: 'push', image: pick(random, images) } })
  }
  return steps.sort((a, b) => a.at - b.at)
}

/** What a person wants of a rollout, some seconds after something began one or at any moment. */
function request(random: Random, service: string, at: Millis): readonly Timed<Step>[] {
  const step = pick(random, ['abort', 'rollback', 'pause', 'promote', 'answer'] as const)
  const restarted = { at, what: { step: 'restart' as const, service } }
  const later = millis(at + randomBelow(random, 6000))
  if (step === 'answer') {
    const action = pick(random, ['CONTINUE', 'CONTINUE', 'ROLLBACK'] as const)
    return [restarted, { at: later, what: { step, service, action } }]
  }
  const asked = { at: later, what: { step, service } }
  const begins = randomBelow(random, 2) === 0 ? [restarted] : []
  if (step !== 'pause') return [...begins, asked]
  const resumed = { at: millis(asked.at + randomBelow(random, 60_000)), what: { step: 'unpause' as const, service } }
  return [...begins, asked, resumed]
}

const run = (random: Random, family: string): Step => ({
  step: 'run',
  unique: `job${randomBelow(random, 1e9)}`,
  family,
  count: 1 + randomBelow(random, 3),
  memory: pick(random, [16, 48, 200]),
  image: pick(random, images),
  script: pick(random, jobScripts),
})

function change(
  random: Random,
  { name, hostPort }: { name: string; hostPort: number },
  { instances }: ScenarioPlan,
): Step {
  switch (
    pick(random, [
      'update',
      'update',
      'update',
      'revert',
      'revert',
      'restart',
      'scale',
      'scale',
      'recreate',
      'delete',
      'drain',
      'activate',
      'stopTask',
    ])
  ) {
    case 'update':
      return definition(random, name, hostPort)
    case 'scale': {
      const desired = hostPort === 0 ? randomBelow(random, 9) : randomBelow(random, instances.length)
      return { step: 'scale', service: name, desired }
    }
    case 'recreate':
      return { step: 'service', shape: shapeOf(random, name, hostPort, instances.length) }
    case 'revert':
      return { step: 'revert', service: name, back: randomBelow(random, 3) }
    case 'restart':
      return { step: 'restart', service: name }
    case 'delete':
      return { step: 'deleteService', service: name }
    case 'stopTask':
      return { step: 'stopTask', service: name, nth: randomBelow(random, 5) }
    case 'drain':
      return { step: 'drain', instance: pick(random, instances) }
    default:
      return { step: 'activate', instance: pick(random, instances) }
  }
}
