/** Bugs to plant, in order to see that the simulation finds them. */
import type { ResourceClient } from '../../api/client/client.ts'
import type { Draft, Resource } from '../../api/meta/object.ts'
import { type Random, randomBelow } from '../../lib/random.ts'

/** Wraps the client of the controllers. */
export type Plant = (client: ResourceClient, random: Random) => ResourceClient

/** Creates tasks under names of chance: what a crash, a lost answer or an old cache makes twice is made twice. */
const unguardedCreate: Plant = (client, random) => ({
  ...client,
  create: (kind, object, signal) =>
    client.create(kind, kind.kind === 'Task' ? renamed(object, random) : object, signal),
})

/** Keeps the form `<revision>-<slot>-<attempt>`, so that nothing but the guard is missing. */
function renamed<T extends Resource>(object: Draft<T>, random: Random): Draft<T> {
  const name = object.metadata.name?.replace(/-\d+$/, `-${1 + randomBelow(random, 1_000_000)}`)
  return { ...object, metadata: { ...object.metadata, name } } as Draft<T>
}

export const plants: Readonly<Record<string, Plant>> = { 'unguarded-create': unguardedCreate }
