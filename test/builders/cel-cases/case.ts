/** What shows of a rule in CEL that it refuses what it is for, and nothing beside it. */
export type Fields = Readonly<Record<string, unknown>>

export interface CelCase {
  /** How the rule begins, as `field: message`; `[]` stands for every item. */
  readonly rule: string
  /** Breaks the rule, and no other but `also`. Members of the object: of its spec when there are others. */
  readonly wrong: Fields
  /** As near to that as can be, and right. */
  readonly right: Fields
  /** A rule that cannot but be broken with it. */
  readonly also?: string
  /** What was there before, for both. */
  readonly old?: Fields
}

/** Cases of members that stay as they are: from the first value to the second, or from none. */
export const immutable = (values: Readonly<Record<string, readonly [unknown, unknown]>>): readonly CelCase[] =>
  Object.entries(values).flatMap(([name, [before, after]]) => {
    const rule = `spec.${name}: field is immutable`
    const change = { rule, old: { [name]: before }, wrong: { [name]: after }, right: { [name]: before } }
    return [change]
  })

/** Cases of members that may be absent: neither added, nor taken away, nor changed. */
export const immutableOptional = (values: Readonly<Record<string, readonly [unknown, unknown]>>): readonly CelCase[] =>
  Object.entries(values).flatMap(([name, [before, after]]) => {
    const rule = `spec.${name}: field is immutable`
    return [
      ...immutable({ [name]: [before, after] }),
      { rule, old: { [name]: before }, wrong: {}, right: { [name]: before } },
      { rule, old: {}, wrong: { [name]: after }, right: {} },
    ]
  })

/** Cases of members that may be set where there was none: neither changed nor taken away then. */
export const setOnce = (values: Readonly<Record<string, readonly [unknown, unknown]>>): readonly CelCase[] =>
  Object.entries(values).flatMap(([name, [before, after]]) => {
    const rule = `spec.${name}: field is immutable once set`
    return [
      { rule, old: { [name]: before }, wrong: { [name]: after }, right: { [name]: before } },
      { rule, old: { [name]: before }, wrong: {}, right: { [name]: before } },
    ]
  })
