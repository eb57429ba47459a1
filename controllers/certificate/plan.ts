/** Decides who gets a certificate. */
import type { BootstrapToken } from '../../api/v1/bootstrap-token.ts'
import { clientSigner, instanceSigner } from '../../api/v1/certificate-signing-request.ts'
import { bootstrappersGroup, containerInstancesGroup } from '../../api/v1/user-names.ts'
import { earliest, type Instant, type Millis, millis, plus } from '../../lib/time.ts'
import type { Subject } from '../../lib/x509/request.ts'
import type { CertificateLimits } from './limits.ts'
import { instanceAsked, type RequestState } from './state.ts'

/** Reasons of what is decided here. */
export type Reason = 'AutoApproved' | 'NotForYou' | 'NotThis' | 'Unreadable'

export type Action =
  | { readonly do: 'sign'; readonly subject: Subject; readonly life: Millis; readonly approve: boolean }
  | {
      readonly do: 'refuse'
      /** Failed: somebody approved what cannot be signed. */
      readonly as: 'Denied' | 'Failed'
      readonly reason: Reason
      readonly message: string
    }
  /** Its time is over. */
  | { readonly do: 'forget' }

export interface Plan {
  readonly action: Action | undefined
  readonly wakeAt: Instant | undefined
}

type Verdict =
  | { readonly may: 'have' | 'wait' }
  | { readonly may: 'not'; readonly reason: Reason; readonly message: string }

const not = (reason: Reason, message: string): Verdict => ({ may: 'not', reason, message })

/** What each signer lets a key be used for, as Kubernetes has it for clients. */
const allowedUsages = ['client auth', 'digital signature', 'key encipherment']
const masters = 'system:masters'

/** Whether this signer signs such a thing at all, whoever asks. */
function signable({ signer, asked, usages }: RequestState): Verdict {
  if (asked === undefined) return not('Unreadable', 'the request cannot be read, or is not signed by its own key')
  const more = usages.filter((usage) => !allowedUsages.includes(usage))
  if (!usages.includes('client auth') || more.length > 0)
    return not('NotThis', `usages must be "client auth" and may be "digital signature" and "key encipherment"`)
  if (asked.asksMore) return not('NotThis', 'only a common name and organizations may be asked for')
  if (asked.commonName === '') return not('NotThis', 'a common name is needed')
  if (signer === instanceSigner) {
    const { organizations } = asked
    const isInstance = instanceAsked(asked) !== undefined
    if (!isInstance || organizations.length !== 1 || organizations[0] !== containerInstancesGroup)
      return not(
        'NotThis',
        `the subject must be O=${containerInstancesGroup}, CN=system:container-instance:NAMESPACE:NAME`,
      )
  } else if (asked.organizations.includes(masters) || instanceAsked(asked) !== undefined)
    return not('NotThis', `nobody can take back such a certificate: bind the user to a role instead of ${masters}`)
  return { may: 'have' }
}

/**
 * Whether the requester may have it without anybody's consent. A machine that holds a bootstrap token may join under a name
 * that nobody has, or whose agent is not heard: it gets no more than under a new name, for the tasks of an agent that is
 * gone are replaced. The name of one that is heard is its own; who wants it waits, or asks an administrator.
 */
function mayHave({ asked, requester, instance }: RequestState): Verdict {
  if (requester.groups.includes(containerInstancesGroup))
    return requester.name === asked?.commonName
      ? { may: 'have' }
      : not('NotForYou', 'an agent may only renew its own certificate')
  if (!requester.groups.includes(bootstrappersGroup)) return { may: 'wait' }
  return { may: instance === 'connected' ? 'wait' : 'have' }
}

function lifeOf({ signer, life }: RequestState, limits: CertificateLimits): Millis {
  const most = signer === instanceSigner ? limits.instanceLife : limits.clientLife
  return millis(Math.min(life ?? most, most))
}

/** What to do about a request now. */
export function plan(state: RequestState, now: Instant, limits: CertificateLimits): Plan {
  const isOpen = state.decision === 'none' || (state.decision === 'approved' && !state.isIssued)
  const forgetAt = plus(state.createdAt, isOpen ? limits.pending : limits.decided)
  if (now >= forgetAt) return { action: { do: 'forget' }, wakeAt: undefined }
  const idle: Plan = { action: undefined, wakeAt: forgetAt }
  if (!isOpen || state.isIssued || (state.signer !== instanceSigner && state.signer !== clientSigner)) return idle

  const isApproved = state.decision === 'approved'
  const refuse = ({ reason, message }: Verdict & { readonly may: 'not' }): Plan => ({
    action: { do: 'refuse', as: isApproved ? 'Failed' : 'Denied', reason, message },
    wakeAt: forgetAt,
  })
  const can = signable(state)
  if (can.may === 'not') return refuse(can)
  if (!isApproved) {
    const verdict = state.signer === instanceSigner ? mayHave(state) : { may: 'wait' as const }
    if (verdict.may === 'not') return refuse(verdict)
    if (verdict.may === 'wait') {
      const again = state.instance === 'connected' ? plus(now, limits.nameRetry) : undefined
      return { action: undefined, wakeAt: earliest(forgetAt, again) }
    }
  }
  const { commonName = '', organizations = [] } = state.asked ?? {}
  const subject = { commonName, organizations }
  return { action: { do: 'sign', subject, life: lifeOf(state, limits), approve: !isApproved }, wakeAt: forgetAt }
}

/** A bootstrap token whose time is over is removed. */
export function planToken(token: BootstrapToken | undefined, now: Instant): Plan {
  if (token?.expiration === undefined) return { action: undefined, wakeAt: undefined }
  return now >= token.expiration
    ? { action: { do: 'forget' }, wakeAt: undefined }
    : { action: undefined, wakeAt: token.expiration }
}
