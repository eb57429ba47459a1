/** A container as a benchmark that gave up tells of it. */
import type { ContainerInfo } from 'dockerode'

/** Name, state and whose it is. */
export const lineOf = ({ Names, State, Status, Labels }: ContainerInfo): string =>
  [Names.join(' '), State, `(${Status})`, Labels['gantry.dev/task'] ?? ''].join(' ')
