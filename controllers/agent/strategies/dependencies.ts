/** In which order the containers of a task start and stop (reference 3.4). */
import { earliest, type Instant, plus, seconds } from '../../../lib/time.ts'
import type { Slot } from '../state.ts'

type Dependency = NonNullable<NonNullable<Slot['definition']>['dependsOn']>[number]

interface Asked {
  readonly dependency: Dependency
  readonly met: 'yes' | 'not yet' | 'never' | 'too late'
}

/** Whether `slot` may not run without `other`. */
export const needs = (slot: Slot, other: Slot): boolean =>
  (slot.definition?.dependsOn ?? []).some(({ containerName }) => containerName === other.name)

/** When what waits for `slot` gives up: its startTimeout after it started. START is what it has reached then. */
const deadlineOf = ({ definition, observed }: Slot, condition: Dependency['condition']): Instant | undefined =>
  definition?.startTimeout === undefined || observed?.startedAt === undefined || condition === 'START'
    ? undefined
    : plus(observed.startedAt, seconds(definition.startTimeout))

/** Reference 3.4: how far each dependency of `slot` has come. */
export function dependenciesOf(slot: Slot, slots: readonly Slot[], now: Instant): readonly Asked[] {
  return (slot.definition?.dependsOn ?? []).map((dependency) => {
    const other = slots.find(({ name }) => name === dependency.containerName)
    if (other === undefined) return { dependency, met: 'never' }
    const met = metBy(other, dependency.condition)
    const deadline = deadlineOf(other, dependency.condition)
    const isLate = met === 'not yet' && deadline !== undefined && deadline <= now
    return { dependency, met: isLate ? 'too late' : met }
  })
}

function metBy({ phase, observed, reported }: Slot, condition: Dependency['condition']): Asked['met'] {
  switch (condition) {
    case 'START':
      if (phase.phase === 'stopped') return phase.ran ? 'yes' : 'never'
      return phase.phase === 'running' || phase.phase === 'restarting' ? 'yes' : 'not yet'
    case 'COMPLETE':
      if (phase.phase !== 'stopped') return 'not yet'
      return phase.ran ? 'yes' : 'never'
    case 'SUCCESS':
      if (phase.phase !== 'stopped') return 'not yet'
      return (observed?.exitCode ?? reported?.exitCode) === 0 ? 'yes' : 'never'
    case 'HEALTHY':
      if (phase.phase === 'stopped') return 'never'
      return observed?.status === 'running' && observed.health === 'healthy' ? 'yes' : 'not yet'
  }
}

/** A container whose dependency can never be met has failed, and so on down the chain. */
export function withDependencyFailures(slots: readonly Slot[], now: Instant): readonly Slot[] {
  const next = slots.map((slot): Slot => {
    if (slot.phase.phase !== 'waiting') return slot
    const hopeless = dependenciesOf(slot, slots, now).find(({ met }) => met === 'never' || met === 'too late')
    if (hopeless === undefined) return slot
    const { containerName, condition } = hopeless.dependency
    const timeout = slots.find(({ name }) => name === containerName)?.definition?.startTimeout
    const how =
      hopeless.met === 'never'
        ? `can no longer reach ${condition}`
        : `did not reach ${condition} within its startTimeout of ${timeout} s`
    const reason = `TaskDependencyError: container ${containerName} ${how}`
    return { ...slot, phase: { phase: 'stopped', ran: false, reason } }
  })
  return next.some((slot, at) => slot !== slots[at]) ? withDependencyFailures(next, now) : next
}

/** When the first container that waits gives up. */
export const startDeadline = (slots: readonly Slot[], now: Instant): Instant | undefined =>
  earliest(
    ...slots
      .filter(({ phase }) => phase.phase === 'waiting')
      .flatMap((slot) => dependenciesOf(slot, slots, now))
      .filter(({ met }) => met === 'not yet')
      .map(({ dependency: { containerName, condition } }) => {
        const other = slots.find(({ name }) => name === containerName)
        return other === undefined ? undefined : deadlineOf(other, condition)
      }),
  )
