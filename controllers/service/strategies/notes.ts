/** Conditions of a service that say what a person should know about its settings; whether it is well they do not say. */
import { type Condition, withCondition, withoutCondition } from '../../../api/meta/conditions.ts'
import { notYetWarnings, serviceNotYet } from '../../../api/v1/not-yet.ts'
import { downtimeRisks } from '../../../api/v1/zero-downtime.ts'
import type { Instant } from '../../../lib/time.ts'
import type { ServiceState } from '../state.ts'

type Note = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

const unsupported = ({ service }: ServiceState): Omit<Note, 'type'> | undefined => {
  const message = notYetWarnings(service.spec, serviceNotYet).join('; ')
  return message === '' ? undefined : { status: 'True', reason: 'NotImplementedYet', message }
}

function downtime({ service, resolution }: ServiceState): Omit<Note, 'type'> | undefined {
  const definition = resolution.is === 'found' ? resolution.definition.spec.taskDefinition : undefined
  const risks = downtimeRisks(service.spec, definition)
  if (risks[0] === undefined) return undefined
  return { status: 'False', reason: risks[0].reason, message: risks.map(({ message }) => message).join(' ') }
}

/** `conditions` with those that have something to say, and without those that have not. */
export function withNotes(conditions: readonly Condition[], state: ServiceState, now: Instant): readonly Condition[] {
  const observedGeneration = state.service.metadata.generation
  const set = (all: readonly Condition[], type: string, note: Omit<Note, 'type'> | undefined): readonly Condition[] =>
    note === undefined ? withoutCondition(all, type) : withCondition(all, { type, ...note, observedGeneration }, now)
  const all = set(conditions, 'FieldsNotSupported', unsupported(state))
  // while nobody knows what the service will run, what was said of it stays
  return state.resolution.is === 'waiting' ? all : set(all, 'ZeroDowntime', downtime(state))
}
