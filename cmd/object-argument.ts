/** Reads which object of one kind a person means: `NAME` or `KIND/NAME`. */
import { allKinds } from '../api/v1/kinds.ts'
import { Fault } from '../lib/errors.ts'
import { selectionsOf } from './kind-argument.ts'

export type AnyKind = (typeof allKinds)[number]

/** The object's name. `only`: what goes for this kind alone, for the fault: `only tasks have logs`. Faults: BadRequest. */
export function nameOf(kind: AnyKind, argument: string, only: string): string {
  if (!argument.includes('/')) return argument
  const [selected] = selectionsOf([argument], allKinds)
  if (selected?.kind !== kind) throw new Fault('BadRequest', `"${argument}" is not a ${kind.singular}: ${only}`)
  return selected.names[0] ?? ''
}
