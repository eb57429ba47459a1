/** A watch as the lines that Kubernetes' watch protocol has, one JSON event each. */
import type { Clock } from '../../lib/clock.ts'
import { Fault, messageOf } from '../../lib/errors.ts'
import { apiVersionOf, type Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { jsonOf } from '../registry/codec.ts'
import type { RegistryEvent } from '../registry/watch.ts'
import type { Form } from './accept.ts'
import { asFault, failure } from './status.ts'
import { partial, type RowObject, table } from './table.ts'

export interface Lines {
  readonly kind: Kind
  readonly form: Form
  readonly include: RowObject
  readonly bookmarks: boolean
  readonly clock: Clock
}

const bookmarkOf = (kind: Kind, event: Extract<RegistryEvent<Resource>, { type: 'BOOKMARK' }>): object => ({
  kind: kind.kind,
  apiVersion: apiVersionOf(kind),
  metadata: {
    resourceVersion: event.resourceVersion,
    creationTimestamp: null,
    ...(event.initialEventsEnd === true ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
  },
})

/** Ends in good order when `signal` does; a fault becomes the last event. */
export async function* watchLines(
  events: AsyncIterable<RegistryEvent<Resource>>,
  { kind, form, include, bookmarks, clock }: Lines,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  let first = true
  const shaped = (object: Resource): string => {
    if (form === 'object' || form === 'aggregated') return jsonOf(object)
    if (form === 'PartialObjectMetadata') return JSON.stringify(partial(object))
    const metadata = { resourceVersion: object.metadata.resourceVersion }
    const text = JSON.stringify(table(kind, [object], metadata, { include, columns: first }, clock.now()))
    first = false
    return text
  }
  try {
    for await (const event of events) {
      if (event.type !== 'BOOKMARK') yield `{"type":"${event.type}","object":${shaped(event.object)}}\n`
      else if (bookmarks) {
        const mark = bookmarkOf(kind, event)
        const object =
          form === 'Table'
            ? table(kind, [], { resourceVersion: event.resourceVersion }, { include, columns: first }, clock.now())
            : mark
        yield `${JSON.stringify({ type: 'BOOKMARK', object })}\n`
      }
    }
  } catch (error) {
    if (signal.aborted) return
    const fault = error instanceof Fault ? error : new Fault('Internal', messageOf(error), { cause: error })
    yield `${JSON.stringify({ type: 'ERROR', object: failure(asFault(fault)) })}\n`
  }
}
