/** Reads which task a person means: `TASK` or `task/TASK`. */
import { allKinds } from '../api/v1/kinds.ts'
import { Task } from '../api/v1/task.ts'
import { Fault } from '../lib/errors.ts'
import { selectionsOf } from './kind-argument.ts'

export const taskKind = Task as unknown as (typeof allKinds)[number]

/** The task's name. `only`: what goes for tasks alone, for the fault: `only tasks have logs`. Faults: BadRequest. */
export function taskNameOf(argument: string, only: string): string {
  if (!argument.includes('/')) return argument
  const [{ kind, names } = { kind: undefined, names: [] }] = selectionsOf([argument], allKinds)
  if (kind !== taskKind) throw new Fault('BadRequest', `"${argument}" is not a task: ${only}`)
  return names[0] ?? ''
}
