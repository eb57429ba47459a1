/** Where Gantry wants to differ from kube-apiserver, case by case, each with its reason. Everything else replays equal. */
import type { KubectlVersion } from '../kubectl-binary.ts'
import type { Topic } from './trace.ts'

export type KubectlTopic = `kubectl-${KubectlVersion}`

export interface WantedDifference {
  /** `kubectl` stands for all versions. */
  readonly where: readonly (readonly [topic: Topic | 'kubectl', name: string])[]
  /** What of a difference's line shows that it is this one. */
  readonly line: RegExp
  readonly reason: string
}

export const wantedDifferences: readonly WantedDifference[] = [
  {
    where: [['e-patch', 'merge-owner']],
    line: /^step 2 GET .*status: recorded 200, here 404/,
    reason: 'what refers to an owner that never was is collected at once, before the next request comes',
  },
  {
    where: [['kubectl', 'cluster-info']],
    line: /^requests\[2\]\.path: .*here "\/apis\/gantry\.dev\/v1\//,
    reason: "the resource `services` is Gantry's own; what is printed is the same",
  },
  {
    where: [['kubectl', 'get-category']],
    line: /^(requests|stdout): recorded\n.*\n {5}here\n.*(\/apis\/gantry\.dev\/v1\/clusters|cluster\.gantry\.dev\/default)/s,
    reason: "the recorded kinds' category `gantry` is Gantry's own, which has more in it",
  },
  {
    where: [['a-discovery', 'crd-object']],
    line: /managedFields: recorded .*, here absent$|openAPIV3Schema\.properties\.(apiVersion|kind|metadata): recorded absent/,
    reason: 'nobody applied these definitions: they are made from the schemas, which name what every object has',
  },
  {
    where: [
      ['b1-crud', 'methods-405-404'],
      ['h-auth', 'denials'],
    ],
    line: / FOO .*status: recorded 40[35], here 400/,
    reason: "Node's HTTP parser refuses methods that nobody defined before any code of ours runs",
  },
  {
    where: [
      ['b1-crud', 'create-full'],
      ['b1-crud', 'create-number-text'],
    ],
    line: /^step ([05] POST .*status: recorded 201, here 422|1 GET .*status: recorded 200, here 404)/,
    reason: 'integers are numbers of JavaScript, exact up to 2^53; a larger one is refused rather than rounded',
  },
  {
    where: [['b1-crud', 'large-body-413']],
    line: /^step 0 .*status: recorded 500, here 413/,
    reason: "an object too large for the store is the client's matter: 413 says so, and is not tried again",
  },
  {
    where: [['d-watch', 'initial-events-variants']],
    line: /^out of order: .* and <rv:7>=/,
    reason: 'a bookmark in a Table row has the version of the list, which others moved on in the recorded cluster',
  },
]

/** The lines that nobody wants. */
export const unwanted = (topic: Topic | KubectlTopic, name: string, lines: readonly string[]): readonly string[] =>
  lines.filter(
    (line) =>
      !wantedDifferences.some(
        (one) => one.where.some(([of, called]) => topic.startsWith(of) && called === name) && one.line.test(line),
      ),
  )
