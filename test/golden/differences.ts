/** Where Gantry wants to differ from kube-apiserver, case by case, each with its reason. Everything else replays equal. */
import type { Topic } from './trace.ts'

export interface WantedDifference {
  readonly topic: Topic
  readonly case: string
  /** What of a difference's line shows that it is this one. */
  readonly line: RegExp
  readonly reason: string
}

export const wantedDifferences: readonly WantedDifference[] = []

/** The lines that nobody wants. */
export const unwanted = (topic: Topic, name: string, lines: readonly string[]): readonly string[] =>
  lines.filter(
    (line) => !wantedDifferences.some((one) => one.topic === topic && one.case === name && one.line.test(line)),
  )
