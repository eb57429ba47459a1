/** Rules in CEL, as CustomResourceDefinitions carry them: what a kube-apiserver can check of one object by itself. */
import { z } from 'zod'

/** One of a schema's `x-kubernetes-validations`. */
type CelRule = Readonly<Record<string, string>>

/**
 * A maker of rules of one reason: the field it is said of (below the schema; '' for itself), when the object is right, and what is
 * said of a wrong one, as a text (in which `…` stands for what CEL cannot tell) or as an expression that makes it.
 */
const ruleOf =
  (reason: string) =>
  (fieldPath: string, rule: string, message: string, messageExpression = ''): CelRule => ({
    rule,
    message,
    ...(messageExpression === '' ? {} : { messageExpression }),
    reason,
    ...(fieldPath === '' ? {} : { fieldPath }),
  })

/** The value is wrong. */
export const celInvalid = ruleOf('FieldValueInvalid')
/** The field may not be set here. */
export const celForbidden = ruleOf('FieldValueForbidden')
/** The field is missing. */
export const celRequired = ruleOf('FieldValueRequired')

/** All members of a shape but those that may change stay as they are. */
export const celImmutable = (shape: z.ZodRawShape, mayChange: readonly string[] = []): readonly CelRule[] =>
  Object.entries(shape)
    .filter(([name]) => !mayChange.includes(name))
    .map(([name, type]) => {
      const same = `self.${name} == oldSelf.${name}`
      const mayBeAbsent = `has(self.${name}) == has(oldSelf.${name}) && (!has(self.${name}) || ${same})`
      return celInvalid(`.${name}`, type instanceof z.ZodOptional ? mayBeAbsent : same, 'field is immutable')
    })

/** `member` may be set when it was absent, and then stays as it is. */
export const celOnce = (member: string): CelRule =>
  celInvalid(
    `.${member}`,
    `!has(oldSelf.${member}) || (has(self.${member}) && self.${member} == oldSelf.${member})`,
    'field is immutable once set',
  )

/** `member`, a number, only ever grows once it is there. */
export const celGrowing = (member: string): CelRule =>
  celInvalid(
    `.${member}`,
    `!has(oldSelf.${member}) || (has(self.${member}) && self.${member} >= oldSelf.${member})`,
    'may only grow',
  )

/** `member` of a status goes through `steps` in one direction only; no value counts as none. */
export const celOnward = (
  member: string,
  steps: readonly string[],
  message: string,
  messageExpression: string,
): CelRule => {
  // A kube-apiserver reckons with the longest text there can be for each item that is compared: a look-up compares none.
  const order = `{${steps.map((step, i) => `'${step}': ${i}`).join(', ')}}`
  return celInvalid(
    `.${member}`,
    `!has(oldSelf.${member}) || (has(self.${member}) && ${order}[self.${member}] >= ${order}[oldSelf.${member}])`,
    message,
    messageExpression,
  )
}
