/** A watch as the lines that Kubernetes' watch protocol has, one JSON event each; many at a time when there is much to tell. */
import { type Clock, sleep } from '../../../lib/clock.ts'
import { Fault, messageOf } from '../../../lib/errors.ts'
import { apiVersionOf, type Kind } from '../../meta/kind.ts'
import type { Resource } from '../../meta/object.ts'
import { bytesOf } from '../../registry/codec.ts'
import type { RegistryEvent } from '../../registry/watch.ts'
import { limits } from '../limits.ts'
import type { Shape } from './accept.ts'
import { asFault, failure } from './status.ts'
import { bookmarkTable, partial, type RowObject, table } from './table.ts'

export interface Lines {
  readonly kind: Kind
  readonly shape: Shape
  readonly include: RowObject
  readonly bookmarks: boolean
  readonly clock: Clock
}

type Bookmark = Extract<RegistryEvent<Resource>, { type: 'BOOKMARK' }>

const bookmarkOf = (kind: Kind, { resourceVersion, initialEventsEnd }: Bookmark): Resource =>
  ({
    kind: kind.kind,
    apiVersion: apiVersionOf(kind),
    metadata: {
      resourceVersion,
      ...(initialEventsEnd === true ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    },
  }) as unknown as Resource

const heads = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
  BOOKMARK: Buffer.from('{"type":"BOOKMARK","object":'),
} as const
const tail = Buffer.from('}\n')

const partials = new WeakMap<Resource, Buffer>()

/** The metadata alone, made once for all watches. */
function partialBytes(object: Resource): Buffer {
  const bytes = partials.get(object) ?? Buffer.from(JSON.stringify(partial(object)))
  partials.set(object, bytes)
  return bytes
}

/** Makes an event's object in the shape of the watch. Tables are made for each: they say how old things are now. */
function shaper({ kind, shape: { form, version }, include, clock }: Lines) {
  let columns = true
  return (event: RegistryEvent<Resource>): Buffer => {
    const object = event.type === 'BOOKMARK' ? bookmarkOf(kind, event) : event.object
    if (form === 'Table') {
      const options = { include, columns, version }
      columns = false
      if (event.type === 'BOOKMARK') return Buffer.from(JSON.stringify(bookmarkTable(kind, object, options)))
      const metadata = { resourceVersion: object.metadata.resourceVersion }
      return Buffer.from(JSON.stringify(table(kind, [object], metadata, options, clock.now())))
    }
    if (form !== 'PartialObjectMetadata') return bytesOf(object)
    return version === 'v1' ? partialBytes(object) : Buffer.from(JSON.stringify(partial(object, version)))
  }
}

/** Ends in good order when `signal` does; a fault becomes the last event. */
export async function* watchLines(
  batches: AsyncIterable<readonly RegistryEvent<Resource>[]>,
  lines: Lines,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const shaped = shaper(lines)
  try {
    for await (const batch of batches) {
      let piece: Buffer[] = []
      let size = 0
      for (const event of batch) {
        if (event.type === 'BOOKMARK' && !lines.bookmarks) continue
        // Kubernetes: no object is a list, and the watch ends where one should be.
        if (lines.shape.asList) return
        const object = shaped(event)
        piece.push(heads[event.type], object, tail)
        size += object.byteLength
        if (size < limits.watchPiece) continue
        yield Buffer.concat(piece)
        piece = []
        size = 0
      }
      if (piece.length > 0) yield Buffer.concat(piece)
      // what comes meanwhile goes together: a write to each of many connections is what a busy watch costs
      await sleep(lines.clock, limits.watchGap, signal)
    }
  } catch (error) {
    if (signal.aborted) return
    const fault = error instanceof Fault ? error : new Fault('Internal', messageOf(error), { cause: error })
    yield Buffer.from(`${JSON.stringify({ type: 'ERROR', object: failure(asFault(fault)) })}\n`)
  }
}
