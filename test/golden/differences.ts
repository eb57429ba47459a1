/** Where Gantry wants to differ from kube-apiserver, case by case, each with its reason. Everything else replays equal. */
import type { KubectlVersion } from '../kubectl-binary.ts'
import type { Topic } from './trace.ts'

export type KubectlTopic = `kubectl-${KubectlVersion}`

export interface WantedDifference {
  /** `kubectl` stands for all versions. */
  readonly topic: Topic | 'kubectl'
  readonly case: string
  /** What of a difference's line shows that it is this one. */
  readonly line: RegExp
  readonly reason: string
}

export const wantedDifferences: readonly WantedDifference[] = [
  {
    topic: 'h-auth',
    case: 'denials',
    line: /^step 28 FOO .*status: recorded 403, here 400/,
    reason: "Node's HTTP parser refuses methods that nobody defined before any code of ours runs",
  },
]

/** The lines that nobody wants. */
export const unwanted = (topic: Topic | KubectlTopic, name: string, lines: readonly string[]): readonly string[] =>
  lines.filter(
    (line) => !wantedDifferences.some((one) => topic.startsWith(one.topic) && one.case === name && one.line.test(line)),
  )
