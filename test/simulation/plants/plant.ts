/** A bug to plant: what wraps the client of the controllers, and what several of them need for that. */
import type { ResourceClient } from '../../../api/client/client.ts'
import type { Draft, Resource } from '../../../api/meta/object.ts'
import { type Random, randomBelow } from '../../../lib/random.ts'

/** Wraps the client of the controllers. */
export type Plant = (client: ResourceClient, random: Random) => ResourceClient

/** Keeps the form `<revision>-<slot>-<attempt>`, so that nothing but the guard is missing. */
export function renamed<T extends Resource>(object: Draft<T>, random: Random): Draft<T> {
  const name = object.metadata.name?.replace(/-\d+$/, `-${1 + randomBelow(random, 1_000_000)}`)
  return { ...object, metadata: { ...object.metadata, name } } as Draft<T>
}

/** A client that shows its objects otherwise than they are. */
export const seeing =
  (as: <T extends Resource>(object: T) => T): Plant =>
  (client) => ({
    ...client,
    async list(kind, options, signal) {
      const page = await client.list(kind, options, signal)
      return { ...page, items: page.items.map(as) }
    },
    async *watch(kind, options, signal) {
      for await (const event of client.watch(kind, options, signal))
        yield event.type === 'BOOKMARK' ? event : { ...event, object: as(event.object) }
    },
  })

/** A client that writes other statuses than it is told. */
export const writing =
  (as: <T extends Resource>(object: T) => T): Plant =>
  (client) => ({
    ...client,
    updateStatus: (kind, object, signal) => client.updateStatus(kind, as(object), signal),
  })
