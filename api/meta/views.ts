/** Kinds that show the objects of another kind under another group and other names of their members. Pure. */
import { apiVersionOf, type Kind } from './kind.ts'
import type { Resource } from './object.ts'

type Names = ReadonlyMap<string, string>

/** The kind whose objects are stored: the kind itself, unless it is a view. */
export const storedKind = <T extends Resource>(kind: Kind<T>): Kind => kind.viewOf ?? (kind as unknown as Kind)

const none: Names = new Map()

/**
 * How members are called in one group version that are called something else in another, both of which show the objects of
 * `kind`; undefined when one of them does not.
 */
export function namesIn(kind: Kind, from: string, to: string): Names | undefined {
  const stored = storedKind(kind)
  const others = (apiVersion: string): Readonly<Record<string, string>> | undefined =>
    apiVersion === apiVersionOf(stored) ? {} : stored.otherNames?.[apiVersion]
  const here = others(from)
  const there = others(to)
  if (here === undefined || there === undefined) return undefined
  if (from === to) return none
  return new Map(
    [...new Set([...Object.keys(here), ...Object.keys(there)])].map((name) => [
      here[name] ?? name,
      there[name] ?? name,
    ]),
  )
}

/** Views by what is stored, and back, so that each is made once and a view that nobody changed is what it was made of. */
const views = new WeakMap<Resource, Map<string, Resource>>()
const origins = new WeakMap<Resource, Resource>()

const renamed = (object: object, names: Names): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [names.get(name) ?? name, value]))

const namesBetween = (kind: Kind, from: Kind, to: Kind): Names =>
  namesIn(kind, apiVersionOf(from), apiVersionOf(to)) ?? none

/** A stored object as `kind` shows it: text that is empty is absent there. */
export function viewed<T extends Resource>(kind: Kind<T>, object: Resource): T {
  const general = kind as unknown as Kind
  if (kind.viewOf === undefined) return object as T
  const apiVersion = apiVersionOf(kind)
  const known = views.get(object)?.get(apiVersion)
  if (known !== undefined) return known as T
  const members = Object.entries(renamed(object, namesBetween(general, kind.viewOf, general)))
  const view = Object.freeze({
    ...Object.fromEntries(members.filter(([, value]) => value !== '')),
    apiVersion,
    kind: kind.kind,
  }) as unknown as T
  views.set(object, (views.get(object) ?? new Map<string, Resource>()).set(apiVersion, view))
  origins.set(view, object)
  return view
}

/** What is stored of an object that `kind` shows so. */
export function unviewed<T extends Resource>(kind: Kind<T>, view: T): Resource {
  const stored = kind.viewOf
  if (stored === undefined) return view
  const origin = origins.get(view)
  if (origin !== undefined) return origin
  const members = renamed(view, namesBetween(stored, kind as unknown as Kind, stored))
  const object = stored.schema.parse({ ...members, apiVersion: apiVersionOf(stored), kind: stored.kind, metadata: {} })
  return { ...object, metadata: view.metadata }
}
