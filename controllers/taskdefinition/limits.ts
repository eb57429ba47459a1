/** The numbers of this room. */

export const limits = {
  /** Families reconciled at once. */
  concurrency: 4,
  /** Numbers tried in one pass when others register revisions of the family at the same time. */
  numberAttempts: 10,
} as const
