/** Answers AdmissionReviews of admission.k8s.io/v1 with what our own API server would have said at its door. */
import { isRecord } from '../../../api/meta/json.ts'
import type { Kind } from '../../../api/meta/kind.ts'
import { type ReviewParts, reviewer } from '../../../api/registry/review.ts'
import { asFault, failure, type Status } from '../../../api/server/answer/status.ts'
import { gantryKinds } from '../../../api/v1/kinds.ts'
import { Fault } from '../../../lib/errors.ts'
import { beyondBounds } from '../../../lib/value-bounds.ts'
import { operatorLimits } from '../limits.ts'

const limits = operatorLimits.webhook
const apiVersion = 'admission.k8s.io/v1'

interface Asked {
  readonly uid: string
  readonly kind: Kind | undefined
  readonly object: unknown
  readonly old: unknown
}

interface Answer {
  readonly uid: string
  readonly allowed: boolean
  readonly status?: Status
  readonly warnings?: readonly string[]
}

/** Faults: BadRequest when `text` is no AdmissionReview that we know. */
function asked(text: string): Asked {
  const refuse = (why: string): Fault => new Fault('BadRequest', `no AdmissionReview of ${apiVersion}: ${why}`)
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (cause) {
    throw new Fault('BadRequest', refuse('no JSON').message, { cause })
  }
  const beyond = beyondBounds(body, { depth: limits.depth, values: limits.values })
  if (beyond !== undefined) throw refuse(`it ${beyond}`)
  if (!isRecord(body) || body.kind !== 'AdmissionReview' || body.apiVersion !== apiVersion)
    throw refuse('something else')
  const { request } = body
  if (!isRecord(request) || typeof request.uid !== 'string') throw refuse('without request')
  const { uid, object, oldObject: old, subResource = '' } = request
  const said = isRecord(request.kind) ? request.kind : {}
  const kind = gantryKinds.find((one) => one.kind === said.kind && one.group === said.group)
  return { uid, kind: subResource === '' ? (kind as Kind | undefined) : undefined, object, old }
}

/** An answerer of bodies. What is not ours is let pass; what cannot be decided now is a failure, for the API server's policy to judge. */
export function admissionReviews(parts: ReviewParts) {
  const review = reviewer(parts)

  async function decide({ uid, kind, object, old }: Asked, signal: AbortSignal): Promise<Answer> {
    if (kind === undefined) return { uid, allowed: true }
    try {
      const warnings = await review(kind, { object, old }, signal)
      const told = warnings.slice(0, limits.warnings)
      return { uid, allowed: true, ...(told.length === 0 ? {} : { warnings: told }) }
    } catch (error) {
      const fault = asFault(error)
      if (!limits.refusals.has(fault.code)) throw fault
      return { uid, allowed: false, status: failure(fault) }
    }
  }

  /** Faults: BadRequest, and what keeps us from deciding. */
  return async (text: string, signal: AbortSignal): Promise<string> =>
    JSON.stringify({ apiVersion, kind: 'AdmissionReview', response: await decide(asked(text), signal) })
}
