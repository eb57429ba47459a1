/** What `gantry why` answers: a verdict, the causes that led to it, each with its own, and what a person can do. */
import type { PhaseTime } from '../../api/v1/deployment-timeline.ts'
import { phaseLines } from '../rollout/timeline.ts'

export interface Cause {
  /** What it is about, as `task/web-1-0-1` or `container/app`. */
  readonly of: string
  /** For programs: a stop code, a condition's reason or an error name. */
  readonly reason: string
  /** For people. */
  readonly message: string
  /** RFC 3339. */
  readonly at?: string | undefined
  /** How many objects share it; absent means one. */
  readonly count?: number
  /** Why it came about. */
  readonly because?: readonly Cause[]
}

export interface Explanation {
  /** `task/web-1-0-1` */
  readonly object: string
  /** For programs: the state that is explained, as `PENDING`, `STOPPED`, `Stalled`. */
  readonly state: string
  /** One sentence. */
  readonly summary: string
  readonly causes: readonly Cause[]
  /** What to do, the most promising first. */
  readonly advice: readonly string[]
  /** Of a deployment: where its time went. */
  readonly phases?: readonly PhaseTime[]
}

/** `causes`, each of which came about by the next one. */
export const chain = (...[first, ...rest]: readonly Cause[]): readonly Cause[] => {
  if (first === undefined) return []
  return [rest.length === 0 ? first : { ...first, because: chain(...rest) }]
}

/** What is at the bottom of `causes`: the last link of each first one. */
export function rootOf(causes: readonly Cause[]): Cause | undefined {
  const [first] = causes
  return first?.because === undefined ? first : rootOf(first.because)
}

/** As text for people. `ageOf` says how long ago a time of a cause is. */
export function explanationText(
  { summary, causes, advice, phases = [] }: Explanation,
  ageOf: (at: string) => string,
): string {
  const lines = (links: readonly Cause[], depth: number): readonly string[] =>
    links.flatMap(({ of, reason, message, at, count = 1, because = [] }) => {
      const ago = at === undefined ? '' : `, ${ageOf(at)} ago`
      const many = count === 1 ? '' : ` (${count} times)`
      return [`${'  '.repeat(depth)}${of}: ${message} [${reason}${ago}]${many}`, ...lines(because, depth + 1)]
    })
  const times = phaseLines(phases).map((line) => `  ${line}`)
  const went = times.length === 0 ? [] : ['Where the time went:', ...times]
  return [summary, ...lines(causes, 1), ...advice.map((line) => `What to do: ${line}`), ...went].join('\n')
}
