/** Which objects of a kind a watch asks for, and whether an object is one of them. */
import type { Resource } from '../../api/meta/object.ts'
import { Fault } from '../../lib/errors.ts'
import type { Watch } from './controller.ts'

/** A watch's `only`. Field selectors are `path=value` and `path!=value`, joined by commas. */
export type Selection = NonNullable<Watch['only']>

/** Equal selections have equal text. */
export const selectionText = (only: Selection | undefined): string =>
  `${only?.namespace ?? ''}?${only?.fieldSelector ?? ''}`

const member = (object: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], object)

/** A test for `only`, made once per stream. Faults: Invalid for a selector it cannot read. */
export function selectionTest(only: Selection | undefined): (object: Resource) => boolean {
  const terms = (only?.fieldSelector ?? '')
    .split(',')
    .filter((text) => text !== '')
    .map((text) => {
      const [, path, operator, value] = /^([^=!]+)(!=|==?)(.*)$/.exec(text) ?? []
      if (path === undefined) throw new Fault('Invalid', `field selector "${text}" is not path=value or path!=value`)
      return { path, negated: operator === '!=', value }
    })
  return (object) =>
    (only?.namespace === undefined || object.metadata.namespace === only.namespace) &&
    terms.every(({ path, negated, value }) => (String(member(object, path) ?? '') === value) !== negated)
}
