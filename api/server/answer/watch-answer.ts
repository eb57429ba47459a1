/** Watches: a stream of lines, for as long as the client wants and the server allows. */
import { Fault } from '../../../lib/errors.ts'
import { randomBelow } from '../../../lib/random.ts'
import { millis } from '../../../lib/time.ts'
import { selectorOf } from '../../meta/selectors.ts'
import { parseVersion } from '../../registry/version.ts'
import { limits } from '../limits.ts'
import type { Asked, ResourceParts } from '../resources/asked.ts'
import { watchQuery } from '../resources/list-query.ts'
import { flag } from '../resources/query.ts'
import type { Target } from '../resources/target.ts'
import { watchShape } from './accept.ts'
import { forms, includeOf } from './object-answer.ts'
import { streamOf } from './stream.ts'
import { watchLines } from './watch-lines.ts'

/** Whether a GET asks for a watch: of a collection; about an object only by a path that says so. */
export const isWatch = (query: URLSearchParams, { name, subresource, watch }: Target): boolean =>
  subresource === undefined && (watch === true || (flag(query, 'watch') && name === undefined))

/** Follows what the target asks about. Faults: BadRequest, Invalid, NotAcceptable. */
export function watchAnswer(parts: ResourceParts, asked: Asked): Response {
  const { kind, name, namespace } = asked.target
  const { options, bookmarks, timeout } = watchQuery(asked.query)
  const own = name === undefined ? [] : [`metadata.name=${name}`]
  const selection = { namespace, ...options, fieldSelector: [options.fieldSelector ?? '', ...own].join(',') }
  // What cannot be understood is refused at once; what is too old is the watch's first event.
  selectorOf(kind, selection)
  parseVersion(options.resourceVersion)
  const shape = watchShape(asked.request.headers.get('accept') ?? undefined, forms)
  const include = shape.form === 'Table' ? includeOf(asked.query) : 'Metadata'
  const lasts =
    timeout === undefined
      ? millis(limits.watchLeast + randomBelow(parts.random, limits.watchLeast))
      : millis(Math.min(timeout, limits.watchMost))

  const ending = new AbortController()
  const stop = (): void => ending.abort(new Fault('Unavailable', 'the watch ended'))
  if (asked.signal.aborted) stop()
  asked.signal.addEventListener('abort', stop, { once: true })
  const stopTimer = parts.clock.after(lasts, stop)
  const releaseHold = asked.holdStream()
  const release = (): void => {
    asked.signal.removeEventListener('abort', stop)
    stopTimer()
    stop()
    releaseHold()
  }
  const lines = watchLines(
    parts.registry.watchBatches(kind, selection, ending.signal),
    { kind, shape, include, bookmarks, clock: parts.clock },
    ending.signal,
  )
  return new Response(streamOf(lines, { clock: parts.clock, release, cut: asked.cut }), {
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache, private' },
  })
}
