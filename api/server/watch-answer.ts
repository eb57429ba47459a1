/** Watches: a stream of lines, for as long as the client wants and the server allows. */
import { Fault } from '../../lib/errors.ts'
import { randomBelow } from '../../lib/random.ts'
import { millis, seconds } from '../../lib/time.ts'
import { selectorOf } from '../meta/selectors.ts'
import { parseVersion } from '../registry/version.ts'
import { acceptedForm } from './accept.ts'
import type { Asked, ResourceParts } from './asked.ts'
import { limits } from './limits.ts'
import { forms, includeOf } from './object-answer.ts'
import { flag, selectors, whole } from './query.ts'
import { streamOf } from './stream.ts'
import type { Target } from './target.ts'
import { watchLines } from './watch-lines.ts'

/** Whether a GET asks for a watch. */
export const isWatch = (query: URLSearchParams, { name, subresource }: Target): boolean =>
  flag(query, 'watch') && subresource === undefined && (name === undefined || name !== '')

/** Follows what the target asks about. Faults: BadRequest, NotAcceptable. */
export function watchAnswer(parts: ResourceParts, asked: Asked): Response {
  const { query, target } = asked
  const { kind, name } = target
  const given = selectors(query)
  const byName = name === undefined ? [] : [`metadata.name=${name}`]
  const fieldSelector = [...(given.fieldSelector === undefined ? [] : [given.fieldSelector]), ...byName].join(',')
  const options = {
    namespace: target.namespace,
    ...given,
    ...(fieldSelector === '' ? {} : { fieldSelector }),
    resourceVersion: query.get('resourceVersion') ?? '',
    ...(query.has('sendInitialEvents') ? { sendInitialEvents: flag(query, 'sendInitialEvents') } : {}),
  }
  // What cannot be understood is refused at once; what is too old is the watch's first event.
  selectorOf(kind, options)
  if (options.resourceVersion !== '') parseVersion(options.resourceVersion)
  const form = acceptedForm(asked.request.headers.get('accept')?.replaceAll(';stream=watch', ''), forms)
  const include = includeOf(query)
  const asks = whole(query, 'timeoutSeconds') ?? 0
  const lasts =
    asks > 0
      ? millis(Math.min(seconds(asks), limits.watchMost))
      : millis(limits.watchLeast + randomBelow(parts.random, limits.watchLeast))

  const own = new AbortController()
  const stop = (): void => own.abort(new Fault('Unavailable', 'the watch ended'))
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
    parts.registry.watch(kind, options, own.signal),
    { kind, form, include, bookmarks: flag(query, 'allowWatchBookmarks'), clock: parts.clock },
    own.signal,
  )
  return new Response(streamOf(lines, { clock: parts.clock, release, cut: asked.cut }), {
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache, private' },
  })
}
