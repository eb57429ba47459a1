/** The numbers of this room. */

export const limits = {
  /** Services whose rollout is reconciled at once. */
  concurrency: 8,
} as const
