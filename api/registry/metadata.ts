/** The rules of metadata: names, labels, annotations, finalizers, owners, and what of it an update may change. */
import type { FieldProblem } from '../../lib/errors.ts'
import type { Kind } from '../meta/kind.ts'
import { labelValueFaults, nameFaults, qualifiedFaults } from '../meta/name-rules.ts'
import type { ObjectMeta, Resource } from '../meta/object.ts'
import { forbidden, invalid, required } from '../meta/problems.ts'

function nameProblems(kind: Kind, metadata: ObjectMeta): readonly FieldProblem[] {
  if (metadata.name === '') return [required('metadata.name', 'name or generateName is required')]
  return nameFaults(kind.nameRule, metadata.name).map((rule) => invalid('metadata.name', metadata.name, rule))
}

function labelProblems(labels: ObjectMeta['labels']): readonly FieldProblem[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedFaults(key).map((rule) => invalid('metadata.labels', key, rule)),
    ...labelValueFaults(value).map((rule) => invalid('metadata.labels', value, rule)),
  ])
}

/** Kubernetes' limit on all annotations of an object together. */
const annotationBytes = 256 * 1024

function annotationProblems(annotations: ObjectMeta['annotations']): readonly FieldProblem[] {
  const entries = Object.entries(annotations ?? {})
  const size = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  return [
    ...entries.flatMap(([key]) =>
      qualifiedFaults(key.toLowerCase()).map((rule) => invalid('metadata.annotations', key, rule)),
    ),
    ...(size > annotationBytes
      ? [
          {
            path: 'metadata.annotations',
            reason: 'FieldValueTooLong' as const,
            message: `Too long: may not be more than ${annotationBytes} bytes`,
          },
        ]
      : []),
  ]
}

const isStandardFinalizer = (name: string): boolean =>
  name === 'orphan' || name === 'foregroundDeletion' || name === 'kubernetes'

function finalizerProblems(finalizers: readonly string[]): readonly FieldProblem[] {
  const both = finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')
  return [
    ...finalizers.flatMap((name) => qualifiedFaults(name).map((rule) => invalid('metadata.finalizers', name, rule))),
    ...finalizers
      .filter((name) => qualifiedFaults(name).length === 0 && !name.includes('/') && !isStandardFinalizer(name))
      .map((name) =>
        invalid('metadata.finalizers', name, 'name is neither a standard finalizer name nor is it fully qualified'),
      ),
    ...(both
      ? [
          invalid(
            'metadata.finalizers',
            finalizers,
            'finalizer orphan and foregroundDeletion cannot be both set on the same object',
          ),
        ]
      : []),
  ]
}

function ownerProblems(owners: NonNullable<ObjectMeta['ownerReferences']>): readonly FieldProblem[] {
  const controllers = owners.filter((owner) => owner.controller === true)
  return [
    ...owners.flatMap((owner, i) =>
      (['apiVersion', 'kind', 'name', 'uid'] as const)
        .filter((member) => owner[member] === '')
        .map((member) => invalid(`metadata.ownerReferences[${i}].${member}`, '', `${member} must not be empty`)),
    ),
    ...(controllers.length > 1
      ? [
          invalid(
            'metadata.ownerReferences',
            controllers.map((owner) => owner.name),
            'Only one reference can have Controller set to true. Found "true" in references for ' +
              controllers.map((owner) => `${owner.kind}/${owner.name}`).join(' and '),
          ),
        ]
      : []),
  ]
}

/** What is wrong with an object's metadata; with `old`, also what of it may not change. */
export function metadataProblems(kind: Kind, object: Resource, old: Resource | undefined): readonly FieldProblem[] {
  const { metadata } = object
  const added = (metadata.finalizers ?? []).filter((name) => !old?.metadata.finalizers?.includes(name))
  return [
    ...(old === undefined ? nameProblems(kind, metadata) : []),
    ...labelProblems(metadata.labels),
    ...annotationProblems(metadata.annotations),
    ...finalizerProblems(metadata.finalizers ?? []),
    ...ownerProblems(metadata.ownerReferences ?? []),
    ...(old?.metadata.deletionTimestamp !== undefined && added.length > 0
      ? [
          forbidden(
            'metadata.finalizers',
            `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((name) => JSON.stringify(name)).join(', ')}}`,
          ),
        ]
      : []),
  ]
}
