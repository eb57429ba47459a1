/** What form of answer a client accepts, of those that this server has, and in which encoding. */
import { Fault } from '../../lib/errors.ts'

export type Form = 'object' | 'Table' | 'PartialObjectMetadata' | 'aggregated'

/** Encodings of answers; protobuf only where an answer says so. */
export type Encoding = 'json' | 'yaml' | 'protobuf'

export interface Accepted {
  readonly form: Form
  readonly encoding: Encoding
}

interface Range {
  readonly type: string
  readonly parameters: Readonly<Record<string, string>>
  readonly quality: number
}

function rangesOf(header: string): readonly Range[] {
  const ranges = header.split(',').map((text): Range => {
    const [type = '', ...rest] = text.split(';').map((part) => part.trim())
    const parameters = Object.fromEntries(rest.map((part) => part.split('=', 2) as [string, string]))
    return { type: type.toLowerCase(), parameters, quality: Number(parameters.q ?? 1) }
  })
  return ranges.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality)
}

function encodingOf({ type }: Range): Encoding | undefined {
  switch (type) {
    case 'application/json':
    case 'application/*':
    case '*/*':
      return 'json'
    case 'application/yaml':
      return 'yaml'
    case 'application/vnd.kubernetes.protobuf':
      return 'protobuf'
    default:
      return undefined
  }
}

function formOf({ parameters }: Range, allowed: readonly Form[]): Form | undefined {
  const { as, g, v } = parameters
  if (as === undefined) return 'object'
  const form: Form | undefined =
    g === 'meta.k8s.io' && v === 'v1' && as === 'Table'
      ? 'Table'
      : g === 'meta.k8s.io' && v === 'v1' && (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList')
        ? 'PartialObjectMetadata'
        : g === 'apidiscovery.k8s.io' && v === 'v2' && as === 'APIGroupDiscoveryList'
          ? 'aggregated'
          : undefined
  return form !== undefined && allowed.includes(form) ? form : undefined
}

const textual: readonly Encoding[] = ['json', 'yaml']

/** The best form and encoding by the Accept header, of those that the answer has. Faults: NotAcceptable. */
export function accepted(
  header: string | undefined,
  forms: readonly Form[],
  has: (form: Form, encoding: Encoding) => boolean = (_form, encoding) => textual.includes(encoding),
): Accepted {
  if (header === undefined || header.trim() === '') return { form: 'object', encoding: 'json' }
  for (const range of rangesOf(header)) {
    const encoding = encodingOf(range)
    const form = formOf(range, forms)
    if (form !== undefined && encoding !== undefined && has(form, encoding)) return { form, encoding }
  }
  throw new Fault(
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  )
}

/** The best form by the Accept header. Faults: NotAcceptable. */
export const acceptedForm = (header: string | undefined, forms: readonly Form[]): Form => accepted(header, forms).form

/** The form of an answer about objects. Protobuf has Kubernetes' own kinds, and of all kinds the metadata. Faults: NotAcceptable. */
export const objectForm = (header: string | undefined, forms: readonly Form[], isBuiltIn: boolean): Form =>
  accepted(
    header,
    forms,
    (form, encoding) => encoding !== 'protobuf' || form === 'PartialObjectMetadata' || (form === 'object' && isBuiltIn),
  ).form

/** How a client wants to read what is not an object of its kind (a Status): JSON when it says nothing we know. */
export const encodingForStatus = (header: string | undefined): Encoding =>
  rangesOf(header ?? '')
    .map(encodingOf)
    .find((encoding) => encoding !== undefined) ?? 'json'
