/** `gantry apply --dry-run=client`: checks files by the schemas and rules of their kinds, without a server. */
import { invalidObject, parseObject } from '../../api/meta/parse.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { printed } from '../output/print.ts'
import type { Terminal } from '../terminal.ts'
import { refusals } from './refusals.ts'

/** Says that all is well, or faults with every problem. What only the server knows (references) is not checked. */
export function checkLocally(
  manifests: readonly Manifest[],
  { output }: { readonly output?: 'json' | 'yaml' | 'name' },
  terminal: Terminal,
): void {
  const problems: string[] = []
  for (const manifest of manifests) {
    try {
      for (const text of check(manifest)) terminal.err(`warning: ${text}`)
      if (output === undefined) terminal.out(`${manifest.title} valid (client dry run)`)
      if (output === 'name') terminal.out(manifest.title)
    } catch (error) {
      if (!isFault(error)) throw error
      problems.push(...refusals(manifest, error))
    }
  }
  if (problems.length > 0) throw new Fault('Invalid', problems.join('\n'))
  if (output === 'json' || output === 'yaml') terminal.out(printed(manifests, output, manifests.length === 1))
}

/** The warnings. Faults: Invalid, BadRequest. */
function check({ kind, object: raw }: Manifest): readonly string[] {
  const { object, warnings } = parseObject(kind, raw, { unknown: 'strict' })
  const problems = kind.validate(object, undefined)
  if (problems.length > 0) throw invalidObject(kind, object.metadata.name, problems)
  return [...warnings, ...kind.warnings(object)]
}
