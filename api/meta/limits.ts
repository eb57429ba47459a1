/** Every bound of the conventions. */

export const limits = {
  /** Unknown fields of one object for which a guess is made at what was meant: each is compared with all known names. */
  guesses: 100,
  /** Characters of a word for which such a guess is made; no name of ours comes near. */
  guessedLength: 100,
  /** Problems that one refusal names; what breaks a rule may do so 100,000 times, and each problem has a text of up to 5 KB. */
  problemsTold: 100,
} as const
