/** A user writes a task definition: what its containers are like, and how they live. */
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import { type Random, randomBelow } from '../../lib/random.ts'
import { pick } from './pick.ts'

export interface DefinitionStep {
  readonly step: 'taskDefinition'
  readonly family: string
  readonly image: string
  readonly memory: number
  readonly cpu: number
  /** 0: dynamic. */
  readonly hostPort: number
  /** `GANTRY_FAKE` of the container. */
  readonly script: string
  /** Whether the container has a health check. */
  readonly checked: boolean
  /** A second, non-essential container. */
  readonly sidecar: boolean
  readonly restartPolicy?: ContainerDefinition['restartPolicy']
}

export const images = ['web:1', 'web:2', 'api:1', 'worker:7'] as const

/** Lives of containers that a service can run with. */
const goodScripts = [
  '',
  '',
  'stop:2s',
  'start:1s',
  'start:500ms stop:5s',
  'stop:never',
  'health:2s',
  'health:8s stop:1s',
]
/** Lives of containers that fail at once, after a while, or never get healthy. */
const badScripts = [
  'exit:1',
  'exit:1 after:2s',
  'exit:0 after:15s',
  'start:fail',
  'create:fail',
  'health:never',
  'oom:3s',
]

/** The least that ECS allows. */
export const restartPeriod = 60
export const ignoredCode = 7
/** Ended once, after the period. What ends for the last time soon after it started leaves a world that comes to rest. */
const restartedScripts = [
  'exit:3 after:61s times:1',
  `exit:${ignoredCode} after:62s times:1`,
  'exit:0 after:64s times:1',
]
/** Ended before the period: the policy does not help. */
const hopelessScripts = ['exit:3 after:20s', 'exit:3 after:59s']
/** Lives of containers that have a restartPolicy. */
export const restartingScripts = [...restartedScripts, ...restartedScripts, ...hopelessScripts, 'stop:2s']

/** With a code that may be ignored it may be hopeless, too. */
export const isBad = (script: string): boolean =>
  badScripts.includes(script) || hopelessScripts.includes(script) || script.startsWith(`exit:${ignoredCode} `)

export function definition(random: Random, family: string, hostPort: number, bad = 4): DefinitionStep {
  return {
    step: 'taskDefinition',
    family,
    image: pick(random, images),
    memory: pick(random, [32, 64, 128]),
    cpu: pick(random, [0, 64, 128]),
    hostPort,
    // one in so many does not work
    script: pick(random, randomBelow(random, bad) === 0 ? badScripts : goodScripts),
    checked: randomBelow(random, 3) === 0,
    sidecar: randomBelow(random, 4) === 0,
  }
}
