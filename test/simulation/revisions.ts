/** Revisions of task definitions in a simulation: users deregister and delete them, as data made from the seed, and doing it. */
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { type Random, randomBelow } from '../../lib/random.ts'
import { type Millis, millis } from '../../lib/time.ts'
import { type DefinitionStep, isBad } from './definition-step.ts'
import type { Timed } from './faults.ts'
import type { Model } from './history.ts'
import { pick } from './pick.ts'
import type { World } from './world.ts'

/** Of the revisions of a family the `back`-th before the newest. */
export interface RevisionStep {
  readonly step: 'deregisterRevision' | 'deleteRevision'
  readonly family: string
  readonly back: number
}

const signal = new AbortController().signal
const families = ['shop', 'shop', 'shop', 'solo', 'api', 'jobs', 'hourly']

/** Nobody runs it: what is deleted goes at once. */
const spare = 'spare'
const definition = (random: Random): DefinitionStep => ({
  step: 'taskDefinition',
  family: spare,
  image: 'worker:7',
  memory: 16 + randomBelow(random, 100),
  cpu: 0,
  hostPort: 0,
  script: '',
  checked: false,
  sidecar: false,
})

/** Of families that run, none in every third seed; and a family that is only written. */
export function revisionStepsFrom(random: Random, within: Millis): readonly Timed<RevisionStep | DefinitionStep>[] {
  const at = (): Millis => millis(10_000 + randomBelow(random, within - 10_000))
  const step = (family: string): RevisionStep => ({
    step: pick(random, ['deregisterRevision', 'deleteRevision', 'deleteRevision']),
    family,
    back: pick(random, [0, 0, 1, 1, 2]),
  })
  const used = randomBelow(random, 3) === 0 ? 0 : 2 + randomBelow(random, 6)
  const unused = randomBelow(random, 16)
  return [
    ...Array.from({ length: used }, () => ({ at: at(), what: step(pick(random, families)) })),
    ...Array.from({ length: unused }, () => ({
      at: at(),
      what: randomBelow(random, 2) === 0 ? step(spare) : definition(random),
    })),
  ]
}

/** Oldest first. */
const revisionsOf = (model: Model, family: string): readonly TaskDefinitionRevision[] =>
  [...model.all<TaskDefinitionRevision>('TaskDefinitionRevision')]
    .filter(({ spec }) => spec.family === family)
    .sort((a, b) => a.spec.revision - b.spec.revision)

export async function performRevision({ user, model }: World, { step, family, back }: RevisionStep): Promise<void> {
  const revision = revisionsOf(model, family).at(-1 - back)
  if (revision === undefined) return
  const key = { namespace: '', name: revision.metadata.name }
  if (step === 'deleteRevision') return user.delete(TaskDefinitionRevision, key, {}, signal)
  const body = { spec: { desiredStatus: 'INACTIVE' } }
  await user.patch(TaskDefinitionRevision, key, { type: 'merge', body }, signal)
}

/** What a family's containers are scripted to do. */
export const scriptOf = ([app]: readonly ContainerDefinition[]): string =>
  app?.environment?.find(({ name }) => name === 'GANTRY_FAKE')?.value ?? ''

/**
 * The newest revision of the family, when what follows the family waits for another: nothing new can be made of it, or it is bad and
 * was the newest but one.
 */
export function leftBehind(model: Model, family: string): TaskDefinitionRevision | undefined {
  const newest = revisionsOf(model, family).at(-1)
  if (newest === undefined) return undefined
  const { spec, metadata } = newest
  const cannot = spec.desiredStatus === 'INACTIVE' || metadata.deletionTimestamp !== undefined
  return cannot || isBad(scriptOf(spec.taskDefinition.containerDefinitions)) ? newest : undefined
}
