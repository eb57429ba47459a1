/** Turns documents into objects of known kinds, each with its way back to file, document and line. */

import { apiVersionOf, type Kind } from '../../api/meta/kind.ts'
import { nearest } from '../../api/meta/nearest.ts'
import type { Resource } from '../../api/meta/object.ts'
import { Fault, type FieldProblem } from '../../lib/errors.ts'
import { limits } from '../limits.ts'
import { type ManifestDocument, type ManifestProblem, parseSource, problemText } from './document.ts'
import { locate } from './locate.ts'
import type { Source } from './source.ts'

/** One object that the user wrote. */
export interface Manifest {
  readonly kind: Kind
  /** As written, with `apiVersion` and `kind`; not validated any further: the server does. */
  readonly object: Resource
  /** `service.gantry.dev/web`. */
  readonly title: string
  /** The same words for a problem that the server found, with the place in the file. */
  problem(problem: Pick<FieldProblem, 'path' | 'message'>): ManifestProblem
}

/** Everything wrong with a set of manifests, one line each. */
export class ManifestFault extends Fault {
  constructor(problems: readonly ManifestProblem[]) {
    const told = problems.slice(0, limits.manifestProblems).map(problemText)
    const rest = problems.length - told.length
    super('Invalid', [...told, ...(rest === 0 ? [] : [`and ${rest} more problems`])].join('\n'))
  }
}

/** Reads all sources. Faults with ManifestFault when any document is not an object of a known kind. */
export function readManifests(
  sources: readonly Source[],
  kinds: readonly Kind[],
  { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {},
): readonly Manifest[] {
  const manifests: Manifest[] = []
  const problems: ManifestProblem[] = []
  for (const source of sources) {
    const parsed = parseSource(source)
    problems.push(...parsed.problems)
    for (const document of parsed.documents) {
      for (const { value, prefix } of itemsOf(document)) {
        const read = manifestOf(document, value, prefix, kinds)
        if ('problem' in read) problems.push(read.problem)
        else manifests.push(read.manifest)
      }
    }
    if (!mayBeEmpty && parsed.documents.length === 0 && parsed.problems.length === 0) {
      problems.push({ file: source.file, document: 1, at: undefined, message: 'there is no object in it' })
    }
  }
  if (problems.length > 0) throw new ManifestFault(problems)
  return manifests
}

interface Item {
  readonly value: unknown
  /** Where it is within its document: `items[0].`. */
  readonly prefix: string
}

/** A `kind: List` stands for its items, as kubectl has it. */
function itemsOf({ value }: ManifestDocument): readonly Item[] {
  if (!isRecord(value) || value.kind !== 'List' || !Array.isArray(value.items)) return [{ value, prefix: '' }]
  return value.items.map((item: unknown, index) => ({ value: item, prefix: `items[${index}].` }))
}

type Read = { readonly manifest: Manifest } | { readonly problem: ManifestProblem }

function manifestOf(document: ManifestDocument, value: unknown, prefix: string, kinds: readonly Kind[]): Read {
  const { file, number } = document
  const refuse = (path: string, message: string): Read => ({
    problem: { file, document: number, at: locate(document, prefix + path), path: prefix + path, message },
  })
  if (!isRecord(value))
    return refuse('', `an object with apiVersion, kind and metadata is needed, not ${nameOf(value)}`)
  for (const field of ['apiVersion', 'kind']) {
    if (value[field] === undefined) return refuse(field, `required; ${pasted(value) ?? allowedKinds(kinds)}`)
    if (typeof value[field] !== 'string') return refuse(field, `must be text, not ${nameOf(value[field])}`)
  }
  const kind = kinds.find((known) => apiVersionOf(known) === value.apiVersion && known.kind === value.kind)
  if (kind === undefined) return refuse(...unknownKind(String(value.apiVersion), String(value.kind), kinds))
  const { metadata } = value
  if (!isRecord(metadata)) return refuse('metadata', 'required: an object with a name')
  const name = metadata.name ?? metadata.generateName
  if (name === undefined || name === '') return refuse('metadata.name', 'required')
  if (typeof name !== 'string') return refuse('metadata.name', `must be text, not ${nameOf(name)}; put it in quotes`)
  const { namespace } = metadata
  if (namespace !== undefined && typeof namespace !== 'string')
    return refuse('metadata.namespace', `must be text, not ${nameOf(namespace)}; put it in quotes`)
  return {
    manifest: {
      kind,
      object: value as unknown as Resource,
      title: titleOf(kind, name),
      problem: ({ path, message }) => ({
        file,
        document: number,
        at: locate(document, prefix + path),
        object: `${kind.kind} ${name}`,
        path: prefix + path,
        message,
      }),
    },
  }
}

/** `service.gantry.dev/web`, `namespace/web`: as kubectl names an object. */
export const titleOf = (kind: Kind, name: string): string =>
  `${kind.singular}${kind.group === '' ? '' : `.${kind.group}`}/${name}`

/** What to do with an input of ECS's own API. */
function pasted(value: Readonly<Record<string, unknown>>): string | undefined {
  const says = (kind: string, action: string, name: unknown): string =>
    `this looks like ECS's ${action}: put it under "spec:" of {"apiVersion": "gantry.dev/v1", "kind": "${kind}", "metadata": {"name": "${name ?? 'NAME'}"}}`
  if (value.containerDefinitions !== undefined) return says('TaskDefinition', 'RegisterTaskDefinition', value.family)
  return value.serviceName === undefined ? undefined : says('Service', 'CreateService', value.serviceName)
}

function unknownKind(apiVersion: string, kind: string, kinds: readonly Kind[]): [path: string, message: string] {
  const sameName = kinds.find((known) => known.kind === kind)
  if (sameName !== undefined)
    return ['apiVersion', `"${apiVersion}" has no kind ${kind}; allowed: ${apiVersionOf(sameName)}`]
  const names = kinds.filter((known) => apiVersionOf(known) === apiVersion).map((known) => known.kind)
  const guess = nearest(kind, names)
  const hint = guess === undefined ? '' : `; did you mean ${guess}?`
  return ['kind', `unknown kind "${kind}"${hint} ${allowedKinds(kinds)}`]
}

function allowedKinds(kinds: readonly Kind[]): string {
  const byVersion = Map.groupBy(kinds, apiVersionOf)
  return `allowed: ${[...byVersion].map(([version, of]) => `${of.map(({ kind }) => kind).join(', ')} (${version})`).join('; ')}`
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const nameOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'an object'
        : `${JSON.stringify(value)}`
