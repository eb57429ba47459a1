/** Parts of schemas that Kubernetes has a word for and zod has not; what else reads schemas knows them by their meta. */
import { z } from 'zod'
import { isRecord } from './json.ts'
import { labelValueFaults, qualifiedFaults } from './name-rules.ts'
import { ObjectMeta } from './object.ts'
import type { OneOfFound } from './problems.ts'

/** A whole number or a text. */
export const intOrString = () => z.union([z.int(), z.string()]).meta({ intOrString: true })

/** An object that keeps members which `shape` does not name. */
export const preserving = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.looseObject(shape).meta({ preserveUnknown: true })

/** An object that has the members of exactly one of `alternatives`. */
export const exactlyOne = <Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape, z.core.$strict>,
  ...alternatives: readonly (readonly (keyof Shape & string)[])[]
) =>
  schema
    .superRefine((value, context) => {
      const members = value as Readonly<Record<string, unknown>>
      const missing = alternatives.map((names) => names.filter((name) => members[name] === undefined))
      const valid = missing.filter((names) => names.length === 0).length
      if (valid === 1) return
      const oneOf: OneOfFound = { valid, missing: valid === 0 ? (missing[0] ?? []) : [] }
      context.addIssue({ code: 'custom', params: { oneOf } })
    })
    .meta({ oneOf: alternatives })

/** A map of at most `most` members. */
export const mapOfAtMost = <Value extends z.ZodType>(most: number, value: Value) =>
  z
    .record(z.string(), value)
    .superRefine((map, context) => {
      if (Object.keys(map).length <= most) return
      context.addIssue({ code: 'too_big', origin: 'object', maximum: most, inclusive: true, input: map })
    })
    .meta({ maxProperties: most })

const kindRule =
  "may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"

const EmbeddedMeta = z.strictObject({
  ...ObjectMeta.shape,
  name: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
})

/** What is wrong with an embedded object, as path within it and rule. */
function embeddedFaults(
  object: Readonly<Record<string, unknown>>,
): readonly (readonly [readonly string[], unknown, string])[] {
  const { apiVersion, kind } = object as Readonly<Record<string, string>>
  const { labels = {} } = (isRecord(object.metadata) ? object.metadata : {}) as z.output<typeof EmbeddedMeta>
  const ofLabels = Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedFaults(key).map((rule) => [['metadata', 'labels'], key, rule] as const),
    ...labelValueFaults(value).map((rule) => [['metadata', 'labels'], value, rule] as const),
  ])
  return [
    ...((apiVersion ?? '').split('/').length > 2
      ? [[['apiVersion'], apiVersion, `unexpected GroupVersion string: ${apiVersion}`] as const]
      : []),
    ...(/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test((kind ?? '').toLowerCase()) ? [] : [[['kind'], kind, kindRule] as const]),
    ...ofLabels,
  ]
}

/** An object of any kind within another, with apiVersion, kind and metadata of its own; all else in it is kept. */
export const embedded = () =>
  z
    .looseObject({ apiVersion: z.string(), kind: z.string(), metadata: EmbeddedMeta.optional() })
    .superRefine((object, context) => {
      for (const [path, input, message] of embeddedFaults(object)) {
        context.addIssue({ code: 'custom', path: [...path], message, input })
      }
    })
    .meta({ embeddedResource: true, preserveUnknown: true })
