/**
 * Issues client certificates, and forgets what is over: requests, and bootstrap tokens. Keys are names of requests (which
 * are cluster-scoped) and of Secrets with tokens.
 */
import { parseKey } from '../../api/meta/object.ts'
import { bootstrapSecretType, readBootstrapToken } from '../../api/v1/bootstrap-token.ts'
import { CertificateSigningRequest, requestPem } from '../../api/v1/certificate-signing-request.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Secret } from '../../api/v1/core.ts'
import { systemNamespace } from '../../api/v1/well-known.ts'
import { readRequest } from '../../lib/x509/request.ts'
import { again, type Controller, type Deps, done, mapped, type Outcome, own } from '../runtime/controller.ts'
import { apply, forget } from './apply.ts'
import { certificateLimits as limits } from './limits.ts'
import { plan, planToken } from './plan.ts'
import { instanceAsked, stateOf } from './state.ts'

/** Watches CertificateSigningRequest, ContainerInstance and Gantry's own Secrets; writes and deletes requests, deletes tokens. */
export function certificateController(d: Deps): Controller {
  async function reconcileRequest(name: string, signal: AbortSignal): Promise<Outcome> {
    const request = d.cache.get(CertificateSigningRequest, { namespace: '', name })
    if (request === undefined) return done
    const asked = await readRequest(requestPem(request))
    const instance = instanceAsked(asked)
    const known = instance === undefined ? undefined : d.cache.get(ContainerInstance, instance)
    const { action, wakeAt } = plan(stateOf(request, asked, known), d.clock.now(), limits)
    if (action !== undefined) await apply(d, request, action, signal)
    return again(wakeAt)
  }

  return {
    name: 'certificate',
    watches: [
      own(CertificateSigningRequest),
      own(Secret, { namespace: systemNamespace }),
      // A name that becomes free is noticed when the request for it is looked at again.
      mapped(ContainerInstance, () => []),
    ],
    async reconcile(text, signal) {
      const key = parseKey(text)
      if (key.namespace === '') return reconcileRequest(key.name, signal)
      const secret = d.cache.get(Secret, key)
      if (secret?.type !== bootstrapSecretType) return done
      const { action, wakeAt } = planToken(readBootstrapToken(secret), d.clock.now())
      if (action !== undefined) await forget(d, Secret, secret, signal)
      return again(wakeAt)
    },
  }
}
