/** The query of a list or a watch, checked as Kubernetes checks its ListOptions. */
import type { FieldProblem } from '../../../lib/errors.ts'
import { seconds } from '../../../lib/time.ts'
import { forbidden, notSupported } from '../../meta/problems.ts'
import { checkOptions, flag, present, text, whole } from './query.ts'

type Query = URLSearchParams

const at = 'resourceVersionMatch'

function listProblems(query: Query): readonly FieldProblem[] {
  const match = text(query, at)
  const problems: FieldProblem[] = []
  if (match !== undefined) {
    const version = text(query, 'resourceVersion')
    if (version === undefined) problems.push(forbidden(at, `${at} is forbidden unless resourceVersion is provided`))
    if (text(query, 'continue') !== undefined) {
      problems.push(forbidden(at, `${at} is forbidden when continue is provided`))
    }
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      problems.push(notSupported(at, match, ['Exact', 'NotOlderThan', '']))
    }
    if (match === 'Exact' && version === '0') {
      problems.push(forbidden(at, `${at} "exact" is forbidden for resourceVersion "0"`))
    }
  }
  if (query.has('sendInitialEvents')) {
    problems.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  }
  return problems
}

function watchProblems(query: Query): readonly FieldProblem[] {
  const match = text(query, at)
  const sends = query.has('sendInitialEvents')
  const problems: FieldProblem[] = []
  if (sends && match !== 'NotOlderThan') {
    problems.push(forbidden(at, `sendInitialEvents requires setting ${at} to NotOlderThan`))
  }
  if (match !== undefined) {
    if (!sends) problems.push(forbidden(at, `${at} is forbidden for watch unless sendInitialEvents is provided`))
    if (match !== 'NotOlderThan') problems.push(notSupported(at, match, ['NotOlderThan']))
  }
  if (text(query, 'continue') !== undefined) {
    problems.push(forbidden(at, `${at} is forbidden when continue is provided`))
  }
  return problems
}

const selectors = (query: Query) =>
  present({ labelSelector: text(query, 'labelSelector'), fieldSelector: text(query, 'fieldSelector') })

/** What of a collection is wanted. Faults: BadRequest, Invalid. */
export function listQuery(query: Query) {
  const options = present({
    limit: whole(query, 'limit'),
    continue: text(query, 'continue'),
    resourceVersion: text(query, 'resourceVersion'),
  })
  checkOptions('ListOptions', listProblems(query))
  const match = text(query, at)
  return { ...selectors(query), ...options, ...(match === undefined ? {} : { exact: match === 'Exact' }) }
}

/** What a watch is to tell, and for how long. Faults: BadRequest, Invalid. */
export function watchQuery(query: Query) {
  const timeout = whole(query, 'timeoutSeconds') ?? 0
  checkOptions('ListOptions', watchProblems(query))
  return {
    options: {
      ...selectors(query),
      resourceVersion: query.get('resourceVersion') ?? '',
      ...(query.has('sendInitialEvents') ? { sendInitialEvents: flag(query, 'sendInitialEvents') } : {}),
    },
    bookmarks: flag(query, 'allowWatchBookmarks'),
    ...(timeout > 0 ? { timeout: seconds(timeout) } : {}),
  }
}
