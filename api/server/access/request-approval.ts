/** `certificatesigningrequests/NAME/approval`: where people approve or deny, and change nothing else of a request. */
import type { Clock } from '../../../lib/clock.ts'
import { timestamp } from '../../../lib/time.ts'
import type { Kind } from '../../meta/kind.ts'
import { parseNative } from '../../meta/native.ts'
import { invalidObject } from '../../meta/parse.ts'
import { forbidden } from '../../meta/problems.ts'
import { jsonOf } from '../../registry/codec.ts'
import type { Registry } from '../../registry/registry.ts'
import { CertificateSigningRequest } from '../../v1/certificate-signing-request.ts'
import { jsonText } from '../answer/answer.ts'
import { readObject } from '../body/body.ts'
import type { Subresource } from '../resources/asked.ts'
import { writeQuery } from '../resources/query.ts'

const kind = CertificateSigningRequest as unknown as Kind
const path = 'status.conditions'
const isApproval = ({ type }: { readonly type: string }): boolean => type === 'Approved' || type === 'Denied'

export const requestApproval = (registry: Pick<Registry, 'get' | 'updateStatus'>, clock: Clock): Subresource => ({
  kind,
  name: 'approval',
  verbs: ['get', 'update'],
  async handle(at, request, signal) {
    const old = await registry.get(CertificateSigningRequest, at, signal)
    if (request.method === 'GET') return jsonText(jsonOf(old))
    const { value } = await readObject(request, kind)
    const given = parseNative(CertificateSigningRequest, value, { unknown: 'ignore' }).object
    const before = old.status?.conditions ?? []
    const decided = (given.status?.conditions ?? []).filter(isApproval)
    const gone = before.filter((one) => isApproval(one) && !decided.some(({ type }) => type === one.type))
    const problems = [
      ...gone.map(({ type }) => forbidden(path, `updates may not remove a condition of type "${type}"`)),
      ...(decided.length > 1 ? [forbidden(path, 'Approved and Denied conditions are mutually exclusive')] : []),
    ]
    if (problems.length > 0) throw invalidObject(kind, at.name, problems)
    const now = timestamp(clock.now())
    const conditions = [
      ...before.filter((one) => !isApproval(one)),
      ...decided.map((one) => ({ lastUpdateTime: now, lastTransitionTime: now, ...one })),
    ]
    const next = {
      ...old,
      metadata: { ...old.metadata, resourceVersion: given.metadata.resourceVersion || old.metadata.resourceVersion },
      status: { ...old.status, conditions },
    }
    const options = writeQuery(new URL(request.url).searchParams, 'UpdateOptions', request)
    return jsonText(jsonOf(await registry.updateStatus(CertificateSigningRequest, at, next, options, signal)))
  },
})
