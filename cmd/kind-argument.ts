/** Reads what users call kinds and objects: `services`, `svc`, `service/web`, `tasks.gantry.dev`. */

import { groupResource, type Kind } from '../api/meta/kind.ts'
import { nearest } from '../api/meta/nearest.ts'
import { TaskDefinitionRevision } from '../api/v1/task-definition.ts'
import { Fault } from '../lib/errors.ts'

/** One kind, with all its objects or the named ones. */
export interface Selection {
  readonly kind: Kind
  /** Empty: all. */
  readonly names: readonly string[]
}

/** Whether `word` is one of the kind's names. */
const isCalled = (kind: Kind, word: string): boolean =>
  [
    kind.plural,
    kind.singular,
    kind.kind.toLowerCase(),
    groupResource(kind),
    `${kind.singular}.${kind.group}`,
    `${kind.plural}.${kind.version}.${kind.group}`,
    ...kind.shortNames,
  ].includes(word.toLowerCase())

/** The kinds that `word` stands for: one, or those of a category (`gantry`, `all`). Faults: BadRequest. */
export function kindsCalled(word: string, kinds: readonly Kind[]): readonly Kind[] {
  const kind = kinds.find((known) => isCalled(known, word))
  if (kind !== undefined) return [kind]
  const category = kinds.filter(({ categories }) => categories.includes(word === 'all' ? 'gantry' : word))
  if (category.length > 0) return category
  const plurals = kinds.map(({ plural }) => plural)
  const guess = nearest(word, [...plurals, ...kinds.map(({ singular }) => singular)])
  const hint = guess === undefined ? `allowed: all, ${plurals.join(', ')}` : `did you mean "${guess}"?`
  throw new Fault('BadRequest', `there is no kind "${word}"; ${hint}`)
}

/** `KIND[,KIND] [NAME ...]` or `KIND/NAME ...`. Faults: BadRequest. */
export function selectionsOf(words: readonly string[], kinds: readonly Kind[]): readonly Selection[] {
  const [first, ...others] = words
  if (first === undefined) throw new Fault('BadRequest', 'say what: KIND, KIND NAME or KIND/NAME')
  if (first.includes('/')) return words.map((word) => namedSelection(word, kinds))
  const slashed = others.find((word) => word.includes('/'))
  if (slashed !== undefined)
    throw new Fault('BadRequest', `"${slashed}": after KIND come names alone; or write KIND/NAME for all of them`)
  const called = first.split(',').flatMap((word) => kindsCalled(word, kinds))
  return called.map((kind) => ({ kind, names: others.map((name) => nameOf(kind, name)) }))
}

/** ECS writes `web:3` for what is called `web.3`. */
const nameOf = (kind: Kind, name: string): string =>
  kind.kind === TaskDefinitionRevision.kind ? name.replace(/:(\d+)$/, '.$1') : name

function namedSelection(word: string, kinds: readonly Kind[]): Selection {
  const [called = '', name = '', ...rest] = word.split('/')
  const [kind, ...more] = kindsCalled(called, kinds)
  if (kind === undefined || more.length > 0 || name === '' || rest.length > 0)
    throw new Fault('BadRequest', `"${word}" is not KIND/NAME`)
  return { kind, names: [nameOf(kind, name)] }
}
