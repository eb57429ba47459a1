/** Every bound of the conventions. */

export const limits = {
  /** Unknown fields of one object for which a guess is made at what was meant: each is compared with all known names. */
  guesses: 100,
  /** Characters of a word for which such a guess is made; no name of ours comes near. */
  guessedLength: 100,
  /** Levels of a schema in which an unknown field's place is looked for: as deep as ours go, and no end in those that hold themselves. */
  guessedDepth: 4,
  /** Places that are named when a field has several. */
  placesTold: 2,
  /** Problems that one refusal names; what breaks a rule may do so 100,000 times, and each problem has a text of up to 5 KB. */
  problemsTold: 100,
} as const
