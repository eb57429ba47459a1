/** Engine failures under the names that ECS reports (reference 4.3). */
import { Fault, type FaultCode } from '../../../lib/errors.ts'

export const engineErrors = [
  'DockerTimeoutError',
  'OutOfMemoryError',
  'CannotPullContainerError',
  'CannotCreateContainerError',
  'CannotStartContainerError',
  'CannotStopContainerError',
  'CannotInspectContainerError',
  'CannotRemoveContainerError',
  'ContainerVanishedError',
  'TaskDependencyError',
  'TaskStoppedBeforePullBeginError',
  'NoSuchContainerError',
] as const
export type EngineErrorName = (typeof engineErrors)[number]

/** A container's `reason`: `ErrorName: detail`. */
export const engineReason = (name: EngineErrorName, detail: string): string => `${name}: ${detail}`

/** The engine refused, or took too long. `message` is the ECS reason: `CannotStartContainerError: port is ...`. */
export class EngineFault extends Fault {
  readonly engineError: EngineErrorName

  constructor(engineError: EngineErrorName, detail: string, cause?: unknown) {
    const code: FaultCode =
      engineError === 'DockerTimeoutError' ? 'Timeout' : engineError === 'NoSuchContainerError' ? 'NotFound' : 'Invalid'
    super(code, engineReason(engineError, detail.trim()), { cause })
    this.engineError = engineError
  }
}

/** What a call that took longer than its limit is reported as: `Could not transition to created; timed out ...`. */
export const timedOut = (transition: string, limitMillis: number): EngineFault =>
  new EngineFault(
    'DockerTimeoutError',
    `Could not transition to ${transition}; timed out after waiting ${duration(limitMillis)}`,
  )

function duration(limitMillis: number): string {
  const total = Math.round(limitMillis / 1000)
  return total < 60 ? `${total}s` : `${Math.floor(total / 60)}m${total % 60}s`
}
