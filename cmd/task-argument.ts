/** Reads which task a person means: `TASK` or `task/TASK`. */
import { Task } from '../api/v1/task.ts'
import { type AnyKind, nameOf } from './object-argument.ts'

export const taskKind = Task as unknown as AnyKind

/** The task's name. `only`: what goes for tasks alone, for the fault: `only tasks have logs`. Faults: BadRequest. */
export const taskNameOf = (argument: string, only: string): string => nameOf(taskKind, argument, only)
