/** The rules of metadata: names, labels, annotations, finalizers, owners, and what of it an update may change. */
import type { FieldProblem } from '../../lib/errors.ts'
import type { Kind } from '../meta/kind.ts'
import type { ObjectMeta, Resource } from '../meta/object.ts'
import { forbidden, invalid, required } from '../meta/problems.ts'

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const qualifiedPart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/

const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const qualifiedRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

/** What is wrong with `name` by `rule`; empty when nothing is. */
function nameFaults(rule: Kind['nameRule'], name: string): readonly string[] {
  switch (rule) {
    case 'label':
      return [...(name.length > 63 ? ['must be no more than 63 bytes'] : []), ...(label.test(name) ? [] : [labelRule])]
    case 'subdomain':
      return [
        ...(name.length > 253 ? ['must be no more than 253 bytes'] : []),
        ...(subdomain.test(name) ? [] : [subdomainRule]),
      ]
    case 'pathSegment':
      return [
        ...(name === '.' || name === '..' ? [`may not be '${name}'`] : []),
        ...(name.includes('/') ? ["may not contain '/'"] : []),
        ...(name.includes('%') ? ["may not contain '%'"] : []),
      ]
  }
}

function nameProblems(kind: Kind, metadata: ObjectMeta): readonly FieldProblem[] {
  if (metadata.name === '') return [required('metadata.name', 'name or generateName is required')]
  return nameFaults(kind.nameRule, metadata.name).map((rule) => invalid('metadata.name', metadata.name, rule))
}

/** What is wrong with a qualified name (`prefix/name`), as label keys and finalizers are. */
function qualifiedFaults(name: string): readonly string[] {
  const parts = name.split('/')
  const [prefix, last] = parts.length === 2 ? [parts[0] as string, parts[1] as string] : [undefined, parts[0] as string]
  if (parts.length > 2) {
    return [
      "a valid label key must consist of a name with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ]
  }
  return [
    ...(prefix === undefined || (subdomain.test(prefix) && prefix.length <= 253)
      ? []
      : [prefix === '' ? 'prefix part must be non-empty' : `prefix part ${subdomainRule}`]),
    ...(last === '' ? ['name part must be non-empty'] : []),
    ...(last.length > 63 ? ['name part must be no more than 63 bytes'] : []),
    ...(qualifiedPart.test(last) ? [] : [qualifiedRule]),
  ]
}

function labelProblems(labels: ObjectMeta['labels']): readonly FieldProblem[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedFaults(key).map((rule) => invalid('metadata.labels', key, rule)),
    ...(value.length > 63 ? [invalid('metadata.labels', value, 'must be no more than 63 bytes')] : []),
    ...(labelValue.test(value) ? [] : [invalid('metadata.labels', value, labelValueRule)]),
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
