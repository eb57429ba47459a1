/** What the load and the server's process say to each other, and the objects that both know. */
import { aTask } from '../../builders/kinds.ts'

export type Wanted =
  | { readonly do: 'seed'; readonly tasks: number }
  | { readonly do: 'raw'; readonly writes: number }
  | { readonly do: 'usage' }

export interface Told {
  readonly url?: string
  readonly authority?: string
  readonly token?: string
  /** Bytes in use after a collection. */
  readonly memory?: number
  readonly perSecond?: number
  /** CPU used since the start, ms: of all the process, and of its event loop alone. */
  readonly cpu?: number
  readonly loop?: number
}

/** Tasks are on so many container instances. */
export const instances = 100
export const instanceOf = (i: number): string => `ci-${i % instances}`
export const taskName = (i: number): string => `task-${String(i).padStart(6, '0')}`

/** A task that is bound. */
export function taskNamed(i: number): object {
  const { apiVersion, kind, spec } = aTask({ spec: { containerInstance: instanceOf(i) } })
  return { apiVersion, kind, metadata: { name: taskName(i), namespace: 'default', labels: { app: 'bench' } }, spec }
}
