/** kubectl's annotation of what it applied last, kept current so that both its ways to apply can follow each other. */
import { canonicalJson } from '../../../lib/canonical.ts'
import { compare } from '../../meta/fields/compare.ts'
import { difference, type FieldSet, noFields } from '../../meta/fields/field-set.ts'
import type { FieldType } from '../../meta/fields/field-type.ts'
import { fieldSetOf } from '../../meta/fields/to-field-set.ts'
import { typeProblems } from '../../meta/fields/type-problems.ts'
import { isRecord } from '../../meta/json.ts'
import { limits } from '../limits.ts'
import { annotationSize } from '../metadata.ts'

const annotation = 'kubectl.kubernetes.io/last-applied-configuration'

type Members = Readonly<Record<string, unknown>>

const annotationsOf = (object: Members): Members | undefined => {
  const { metadata } = object
  const annotations = isRecord(metadata) ? metadata.annotations : undefined
  return isRecord(annotations) ? annotations : undefined
}

const said = (object: Members): string | undefined => {
  const text = annotationsOf(object)?.[annotation]
  return typeof text === 'string' && text !== '' ? text : undefined
}

const withAnnotations = (object: Members, annotations: Members): Members => ({
  ...object,
  metadata: { ...(object.metadata as Members), annotations },
})

/** `object` with the annotation, if it has one, saying that `config` was applied. */
export function keepLastApplied(object: Members, config: Members): Members {
  if (said(object) === undefined) return object
  const { [annotation]: _, ...applied } = annotationsOf(config) ?? {}
  const plain = annotationsOf(config) === undefined ? config : withAnnotations(config, applied)
  const { [annotation]: __, ...others } = annotationsOf(object) ?? {}
  const annotations = { ...others, [annotation]: `${canonicalJson(plain)}\n` }
  const fits = annotationSize(annotations) <= limits.annotationBytes
  return withAnnotations(object, fits ? annotations : others)
}

/** The fields that client-side apply set and nobody changed since: they may be taken over without a conflict. */
export function lastAppliedFields(type: FieldType, apiVersion: string, live: Members): FieldSet {
  let applied: unknown
  try {
    applied = JSON.parse(said(live) ?? 'null')
  } catch {
    return noFields
  }
  if (!isRecord(applied) || applied.apiVersion !== apiVersion || typeProblems(type, applied).length > 0) return noFields
  const { added, modified, removed } = compare(type, applied, live)
  return [added, modified, removed].reduce(difference, fieldSetOf(type, applied))
}
