/** The door of reviews: POST asks, the answer is the same object with a status. */
import type { Clock } from '../../../lib/clock.ts'
import { timestamp } from '../../../lib/time.ts'
import { type Asking, answerReview } from '../../access/reviews.ts'
import { isRecord } from '../../meta/json.ts'
import { apiVersionOf } from '../../meta/kind.ts'
import { parseObject } from '../../meta/parse.ts'
import { SelfSubjectReview, SelfSubjectRulesReview } from '../../v1/reviews.ts'
import { json, withWarnings } from '../answer/answer.ts'
import { readObject } from '../body/body.ts'
import { writeQuery } from '../resources/query.ts'
import { methodNotAllowed, type Target } from '../resources/target.ts'

export interface Review {
  readonly request: Request
  readonly query: URLSearchParams
  readonly target: Target
  readonly asking: Asking
  readonly clock: Clock
}

/** Who owns which field of what was asked: all of it, whoever asks. */
const fieldsOf = (value: Readonly<Record<string, unknown>>): Record<string, object> =>
  Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      `f:${name}`,
      isRecord(one) && Object.keys(one).length > 0 ? { '.': {}, ...fieldsOf(one) } : {},
    ]),
  )

function managerOf(request: Request, query: URLSearchParams): string {
  const agent = request.headers.get('user-agent')?.split('/', 1)[0] ?? ''
  return query.get('fieldManager') ?? (agent === '' ? 'unknown' : agent)
}

/** Faults: MethodNotAllowed for all but a POST, those of reading a body and of answering. */
export async function answerReviewRequest(
  { request, query, target, asking, clock }: Review,
  signal: AbortSignal,
): Promise<Response> {
  const { kind, name, namespace } = target
  if (request.method !== 'POST' || name !== undefined || (kind.scope === 'Namespaced' && namespace === ''))
    throw methodNotAllowed()
  const { value } = await readObject(request, kind)
  const { unknown } = writeQuery(query, 'CreateOptions')
  const { object, warnings } = parseObject(kind, value, { unknown })
  const { spec, status } = await answerReview(kind, object, asking, signal)
  const apiVersion = apiVersionOf(kind)
  const now = timestamp(clock.now())
  const owned = {
    manager: managerOf(request, query),
    operation: 'Update',
    apiVersion,
    time: now,
    fieldsType: 'FieldsV1',
  }
  const metadata =
    kind.kind === SelfSubjectReview.kind
      ? { creationTimestamp: now }
      : {
          ...(namespace === '' ? {} : { namespace }),
          ...(spec === undefined || kind.kind === SelfSubjectRulesReview.kind
            ? {}
            : { managedFields: [{ ...owned, fieldsV1: { 'f:spec': fieldsOf(spec) } }] }),
        }
  const answered = { kind: kind.kind, apiVersion, metadata, ...(spec === undefined ? {} : { spec }), status }
  return withWarnings(json(answered, 201), warnings)
}
