/** Every number of this room, with its reason. */
import { seconds } from '../../lib/time.ts'

export const limits = {
  /** Service account tokens whose signature is known to be right; more are verified again. About 1 KiB each. */
  verifiedTokens: 4096,
  /** How long an account is taken to exist after it was seen: a deleted one may go on so long. Kubernetes: 10 s. */
  accountSeen: seconds(1),
  /** Servers that start together may change a built-in role under each other; more often than this is no coincidence. */
  bootstrapAttempts: 10,
  /** Between attempts to follow roles and bindings again: a watch that ends is rare, and the old rules still hold. */
  followRetry: seconds(1),
  /** Single things (verb, resource, name) that a grant is compared by: what takes 0.1 s. The built-in roles have under 500. */
  grantBreadth: 20_000,
  /** Single things that a refusal names: enough to see what is missing. */
  grantMissing: 50,
} as const
