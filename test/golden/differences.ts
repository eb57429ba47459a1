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
    topic: 'kubectl',
    case: 'cluster-info',
    line: /^requests\[2\]\.path: .*here "\/apis\/gantry\.dev\/v1\//,
    reason: "the resource `services` is Gantry's own; what is printed is the same",
  },
  {
    topic: 'a-discovery',
    case: 'group',
    line: /^step 11 GET .apis.events\.k8s\.io.v1: status: recorded 200, here 404/,
    reason:
      'events are kept and served as core/v1, which is what kubectl reads; a second view of them has no user here',
  },
  {
    topic: 'a-discovery',
    case: 'crd-object',
    line: /managedFields: recorded .*, here absent$|openAPIV3Schema\.properties\.(apiVersion|kind|metadata): recorded absent/,
    reason: 'nobody applied these definitions: they are made from the schemas, which name what every object has',
  },
  {
    topic: 'b1-crud',
    case: 'methods-405-404',
    line: /^step 8 FOO .*status: recorded 405, here 400/,
    reason: "Node's HTTP parser refuses methods that nobody defined before any code of ours runs",
  },
  {
    topic: 'b1-crud',
    case: 'create-full',
    line: /^step (0 .*status: recorded 201, here 422|1 .*status: recorded 200, here 404)/,
    reason: 'integers are numbers of JavaScript, exact up to 2^53; a larger one is refused rather than rounded',
  },
  {
    topic: 'b1-crud',
    case: 'create-number-text',
    line: /^step 5 .*status: recorded 201, here 422/,
    reason: 'the same: 2^63 - 1 cannot be kept exactly',
  },
  {
    topic: 'b1-crud',
    case: 'yaml-bodies',
    line: /resourceVersion: recorded "120294"/,
    reason: "a version of the recorder's own server, left in the trace where no placeholder was made of it",
  },
  {
    topic: 'b1-crud',
    case: 'large-body-413',
    line: /^step 0 .*status: recorded 500, here 413/,
    reason: "an object too large for the store is the client's matter: 413 says so, and is not tried again",
  },
  {
    topic: 'h-auth',
    case: 'denials',
    line: /^step 28 FOO .*status: recorded 403, here 400/,
    reason: "Node's HTTP parser refuses methods that nobody defined before any code of ours runs",
  },
  {
    topic: 'd-watch',
    case: 'initial-events-variants',
    line: /^out of order: .* and <rv:7>=/,
    reason: 'a bookmark in a Table row has the version of the list, which others moved on in the recorded cluster',
  },
]

/** The lines that nobody wants. */
export const unwanted = (topic: Topic | KubectlTopic, name: string, lines: readonly string[]): readonly string[] =>
  lines.filter(
    (line) => !wantedDifferences.some((one) => topic.startsWith(one.topic) && one.case === name && one.line.test(line)),
  )
