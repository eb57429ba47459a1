/** The types of patches that change an object (apply is another matter), and what each makes of it. */
import { Fault } from '../../lib/errors.ts'
import { isRecord } from '../meta/json.ts'
import { isNative, type Kind } from '../meta/kind.ts'
import { jsonPatch } from './json-patch.ts'
import { mergeIntoObject } from './merge-patch.ts'
import { strategicMerge } from './strategic-merge.ts'

export type PatchType = 'merge' | 'json' | 'strategic'

/** What a patch of `type` makes of an object of `kind`. The function faults: BadRequest, Invalid, UnsupportedMediaType. */
export function patching(
  kind: Pick<Kind, 'group' | 'schema'>,
  type: PatchType,
): (target: object, body: unknown) => unknown {
  switch (type) {
    case 'merge':
      return mergeIntoObject
    case 'json':
      return jsonPatch
    case 'strategic':
      return (target, body) => {
        if (!isNative(kind)) {
          const accepted = ['json-patch+json', 'merge-patch+json', 'apply-patch+yaml'].map(
            (name) => `application/${name}`,
          )
          throw new Fault(
            'UnsupportedMediaType',
            `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
          )
        }
        if (!isRecord(body)) throw new Fault('BadRequest', 'error decoding patch: a strategic merge patch is an object')
        return strategicMerge(kind.schema, target, body)
      }
  }
}
