/** The rules of metadata: names, labels, annotations, finalizers, owners, and what of it an update may change. */
import { canonicalJson } from '../../lib/canonical.ts'
import type { FieldProblem } from '../../lib/errors.ts'
import { parseTimestamp } from '../../lib/time.ts'
import { isNative, type Kind } from '../meta/kind.ts'
import {
  bareFinalizerRule,
  isBareFinalizer,
  labelValueFaults,
  nameFaults,
  qualifiedFaults,
} from '../meta/name-rules.ts'
import type { ObjectMeta, Resource } from '../meta/object.ts'
import { firstOf, forbidden, invalid, required, tooLong } from '../meta/problems.ts'
import { limits } from './limits.ts'

/** A prefix may end in a dash: something follows. */
const asName = (prefix: string): string =>
  prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -1)}a` : prefix

function nameProblems(kind: Kind, { name, generateName = '' }: ObjectMeta): readonly FieldProblem[] {
  const prefix = generateName === '' ? [] : nameFaults(kind.nameRule, asName(generateName))
  return [
    ...prefix.map((rule) => invalid('metadata.generateName', generateName, rule)),
    ...(name === ''
      ? [required('metadata.name', 'name or generateName is required')]
      : nameFaults(kind.nameRule, name).map((rule) => invalid('metadata.name', name, rule))),
  ]
}

const labelProblems = (labels: ObjectMeta['labels'] = {}): readonly FieldProblem[] =>
  firstOf(Object.keys(labels), (key) => {
    const value = labels[key] as string
    return [
      ...qualifiedFaults(key).map((rule) => invalid('metadata.labels', key, rule)),
      ...labelValueFaults(value).map((rule) => invalid('metadata.labels', value, rule)),
    ]
  })

const bytesOf = (text: unknown): number => Buffer.byteLength(String(text))

/** Bytes of annotations, as Kubernetes counts them. */
export const annotationSize = (annotations: Readonly<Record<string, unknown>>): number =>
  Object.entries(annotations).reduce((sum, [key, value]) => sum + bytesOf(key) + bytesOf(value), 0)

function annotationProblems(annotations: ObjectMeta['annotations'] = {}): readonly FieldProblem[] {
  return [
    ...firstOf(Object.keys(annotations), (key) =>
      qualifiedFaults(key.toLowerCase()).map((rule) => invalid('metadata.annotations', key, rule)),
    ),
    ...(annotationSize(annotations) > limits.annotationBytes
      ? [tooLong('metadata.annotations', limits.annotationBytes)]
      : []),
  ]
}

function finalizerProblems(kind: Kind, finalizers: readonly string[]): readonly FieldProblem[] {
  const path = 'metadata.finalizers'
  const both = finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')
  const isBare = (name: string): boolean => isBareFinalizer(name) && qualifiedFaults(name).length === 0
  return [
    ...firstOf(finalizers, (name) => qualifiedFaults(name).map((rule) => invalid(path, name, rule))),
    ...firstOf(isNative(kind) ? finalizers : [], (name) =>
      isBare(name) ? [invalid(path, name, bareFinalizerRule)] : [],
    ),
    ...(both ? [invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set')] : []),
  ]
}

type Owner = NonNullable<ObjectMeta['ownerReferences']>[number]

/** In the order in which Kubernetes shows it. */
const shownOwner = ({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }: Owner): object => ({
  apiVersion,
  kind,
  name,
  uid,
  controller,
  blockOwnerDeletion,
})

const eventVersions: ReadonlySet<string> = new Set(['v1', 'events.k8s.io/v1'])

function ownerProblems(owners: readonly Owner[]): readonly FieldProblem[] {
  const path = 'metadata.ownerReferences'
  const [first, ...more] = owners.filter((owner) => owner.controller === true)
  const spelled = (owner: Owner | undefined): string => `${owner?.kind}/${owner?.name}`
  return [
    ...firstOf(owners, (owner) => {
      const { apiVersion, kind } = owner
      const isVersion = apiVersion !== '' && apiVersion.split('/').length <= 2 && !apiVersion.endsWith('/')
      const empty = (['kind', 'name', 'uid'] as const).filter((member) => owner[member] === '')
      return [
        ...(isVersion ? [] : [invalid(`${path}.apiVersion`, apiVersion, 'version must not be empty')]),
        ...empty.map((member) => invalid(`${path}.${member}`, '', 'must not be empty')),
        ...(kind === 'Event' && eventVersions.has(apiVersion)
          ? [
              invalid(
                path,
                shownOwner(owner),
                `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=Event is disallowed from being an owner`,
              ),
            ]
          : []),
      ]
    }),
    ...more
      .slice(0, limits.controllersTold)
      .map((owner) =>
        invalid(
          path,
          owners.map(shownOwner),
          `Only one reference can have Controller set to true. Found "true" in references for ${spelled(first)} and ${spelled(owner)}`,
        ),
      ),
  ]
}

const sameTime = (a: string | undefined, b: string | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && parseTimestamp(a) === parseTimestamp(b))

function changeProblems({ metadata }: Resource, { metadata: old }: Resource): readonly FieldProblem[] {
  const before = new Set(old.finalizers)
  const added = (metadata.finalizers ?? []).filter((name) => !before.has(name))
  const names = added.map((name) => JSON.stringify(name)).join(', ')
  const immutable = (member: 'uid' | 'deletionTimestamp' | 'deletionGracePeriodSeconds'): FieldProblem =>
    invalid(`metadata.${member}`, metadata[member], 'field is immutable')
  return [
    ...(old.deletionTimestamp !== undefined && added.length > 0
      ? [
          forbidden(
            'metadata.finalizers',
            `no new finalizers can be added if the object is being deleted, found new finalizers []string{${names}}`,
          ),
        ]
      : []),
    ...(metadata.uid === old.uid ? [] : [immutable('uid')]),
    ...(sameTime(metadata.deletionTimestamp, old.deletionTimestamp) ? [] : [immutable('deletionTimestamp')]),
    ...(metadata.deletionGracePeriodSeconds === old.deletionGracePeriodSeconds
      ? []
      : [immutable('deletionGracePeriodSeconds')]),
  ]
}

/**
 * What is wrong with an object's metadata; with `old`, also what of it may not change. Kubernetes checks an update at three
 * places and names each problem as often among the causes.
 */
export function metadataProblems(kind: Kind, object: Resource, old: Resource | undefined): readonly FieldProblem[] {
  const { metadata } = object
  const standing = [
    ...labelProblems(metadata.labels),
    ...annotationProblems(metadata.annotations),
    ...ownerProblems(metadata.ownerReferences ?? []),
  ]
  const finalizers = finalizerProblems(kind, metadata.finalizers ?? [])
  if (old === undefined) return [...nameProblems(kind, metadata), ...standing, ...finalizers]
  const changes = changeProblems(object, old)
  return [...standing, ...standing, ...standing, ...finalizers, ...changes, ...changes]
}

/** What of an object's metadata is accepted but unwise, as far as it is new. */
export const metadataWarnings = ({ metadata }: Resource, old: Resource | undefined): readonly string[] => {
  const before = new Set(old?.metadata.finalizers)
  return (metadata.finalizers ?? [])
    .filter((name) => isBareFinalizer(name) && !before.has(name))
    .map(
      (name) =>
        `metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers`,
    )
}

/** `object` with each owner once. `after`: what a patch left, not what a client sent. */
export function withOwnersOnce<T extends Pick<Resource, 'metadata'>>(
  object: T,
  after: boolean,
  warn: (text: string) => void,
): T {
  const owners = object.metadata.ownerReferences ?? []
  const spelled = new Map<string, Owner>()
  const repeated = new Set<string>()
  for (const owner of owners) {
    const text = canonicalJson(owner)
    if (spelled.has(text)) repeated.add(owner.uid)
    else spelled.set(text, owner)
  }
  const once = [...spelled.values()]
  if (once.length === owners.length) return object
  warn(
    `.metadata.ownerReferences contains duplicate entries${after ? ' after mutating admission happens' : ''}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${[...repeated].join(', ')}`,
  )
  return { ...object, metadata: { ...object.metadata, ownerReferences: once } }
}
