/** The one authorizer: system:masters, then the rule for agents, then roles and their bindings. */
import type { Registry } from '../registry/registry.ts'
import type { Authorizer } from './attributes.ts'
import { instanceMay } from './container-instance-rule.ts'
import type { Policy } from './policy.ts'
import { containerInstanceOf, mastersGroup } from './user.ts'

/** `policy` is asked anew for every request: it changes. */
export const authorizer =
  (policy: () => Policy, reads: Pick<Registry, 'cached' | 'get' | 'list'>): Authorizer =>
  async (wanted, signal) => {
    if (wanted.user.groups.includes(mastersGroup)) return { allowed: true, reason: '' }
    const instance = containerInstanceOf(wanted.user)
    const own = instance === undefined ? undefined : await instanceMay(reads, instance, wanted, signal)
    if (own?.allowed === true) return own
    const decided = policy().decide(wanted)
    return decided.allowed || own === undefined || decided.reason !== '' ? decided : own
  }
