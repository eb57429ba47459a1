/** What a server refused, in the words and with the place of the file that asked for it. */
import type { Fault } from '../../lib/errors.ts'
import { messageOf } from '../../lib/errors.ts'
import { problemText } from '../manifest/document.ts'
import type { Manifest } from '../manifest/manifest.ts'

/** One line for each problem. */
export function refusals(manifest: Manifest, fault: Fault): readonly string[] {
  const ofFields = fault.problems.filter(isAboutField)
  const problems = ofFields.length > 0 ? ofFields : strictDecodingProblems(fault)
  return [...new Set(problems.map((problem) => problemText(manifest.problem(problem))))]
}

/** Not what a server says besides: that some rules were not looked at, or how the patch that we made it reads. */
const isAboutField = ({ path }: { readonly path: string }): boolean => path !== '<nil>' && path !== 'patch'

/** A Kubernetes API server names unknown fields in the text of the message alone. */
function strictDecodingProblems(fault: Fault): readonly { readonly path: string; readonly message: string }[] {
  const unknown = [
    ...fault.message.matchAll(/(unknown|duplicate) field "([^"]+)"(?:: (.+?))?(?=, (?:unknown|duplicate) field "|$)/g),
  ]
  return unknown.length === 0
    ? [{ path: '', message: messageOf(fault) }]
    : unknown.map(([, what, path = '', hint]) => ({
        path,
        message: `${what} field${hint === undefined ? '' : `: ${hint}`}`,
      }))
}
