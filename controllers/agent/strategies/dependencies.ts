/** In which order the containers of a task start and stop (reference 3.4). */
import type { Slot } from '../state.ts'

type Dependency = NonNullable<NonNullable<Slot['definition']>['dependsOn']>[number]

interface Asked {
  readonly dependency: Dependency
  readonly met: 'yes' | 'not yet' | 'never'
}

/** Whether `slot` may not run without `other`. */
export const needs = (slot: Slot, other: Slot): boolean =>
  (slot.definition?.dependsOn ?? []).some(({ containerName }) => containerName === other.name)

/** Reference 3.4: how far each dependency of `slot` has come. */
export function dependenciesOf(slot: Slot, slots: readonly Slot[]): readonly Asked[] {
  return (slot.definition?.dependsOn ?? []).map((dependency) => {
    const other = slots.find(({ name }) => name === dependency.containerName)
    return { dependency, met: other === undefined ? 'never' : metBy(other, dependency.condition) }
  })
}

function metBy({ phase, observed, reported }: Slot, condition: Dependency['condition']): Asked['met'] {
  switch (condition) {
    case 'START':
      if (phase.phase === 'stopped') return phase.ran ? 'yes' : 'never'
      return phase.phase === 'running' ? 'yes' : 'not yet'
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
export function withDependencyFailures(slots: readonly Slot[]): readonly Slot[] {
  const next = slots.map((slot): Slot => {
    if (slot.phase.phase !== 'waiting') return slot
    const hopeless = dependenciesOf(slot, slots).find(({ met }) => met === 'never')
    if (hopeless === undefined) return slot
    const { containerName, condition } = hopeless.dependency
    const reason = `TaskDependencyError: container ${containerName} can no longer reach ${condition}`
    return { ...slot, phase: { phase: 'stopped', ran: false, reason } }
  })
  return next.some((slot, at) => slot !== slots[at]) ? withDependencyFailures(next) : next
}
