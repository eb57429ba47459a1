/** What form of answer a client accepts, of those that this server has, and in which encoding. */
import { Fault } from '../../../lib/errors.ts'

export type Form = 'object' | 'Table' | 'PartialObjectMetadata' | 'aggregated'

/** Encodings of answers; protobuf only where an answer says so. */
export type Encoding = 'json' | 'yaml' | 'protobuf'

/** Versions of meta.k8s.io, which has the forms. */
export type MetaVersion = 'v1' | 'v1beta1'

export interface Shape {
  readonly form: Form
  readonly version: MetaVersion
  /** Whether PartialObjectMetadata was asked for by the name of its list. */
  readonly asList: boolean
}

export interface Accepted extends Shape {
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

function shapeOf({ parameters }: Range, allowed: readonly Form[]): Shape | undefined {
  const { as, g, v } = parameters
  if (as === undefined) return { form: 'object', version: 'v1', asList: false }
  const version = v === 'v1' || v === 'v1beta1' ? v : undefined
  const isMeta = g === 'meta.k8s.io' && version !== undefined
  const asList = as === 'PartialObjectMetadataList'
  const form: Form | undefined =
    isMeta && as === 'Table'
      ? 'Table'
      : isMeta && (asList || as === 'PartialObjectMetadata')
        ? 'PartialObjectMetadata'
        : g === 'apidiscovery.k8s.io' && v === 'v2' && as === 'APIGroupDiscoveryList'
          ? 'aggregated'
          : undefined
  return form !== undefined && allowed.includes(form) ? { form, version: version ?? 'v1', asList } : undefined
}

const textual: readonly Encoding[] = ['json', 'yaml']

/** The best form and encoding by the Accept header, of those that the answer has. Faults: NotAcceptable. */
export function accepted(
  header: string | undefined,
  forms: readonly Form[],
  has: (form: Form, encoding: Encoding) => boolean = (_form, encoding) => textual.includes(encoding),
  types: readonly string[] = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'],
): Accepted {
  if (header === undefined || header.trim() === '') {
    return { form: 'object', version: 'v1', asList: false, encoding: 'json' }
  }
  for (const range of rangesOf(header)) {
    const encoding = encodingOf(range)
    const shape = shapeOf(range, forms)
    if (shape !== undefined && encoding !== undefined && has(shape.form, encoding)) return { ...shape, encoding }
  }
  throw new Fault('NotAcceptable', `only the following media types are accepted: ${types.join(', ')}`)
}

/** The shape of an answer about objects. Protobuf has Kubernetes' own kinds, and of all kinds the metadata. Faults: NotAcceptable. */
export const objectShape = (header: string | undefined, forms: readonly Form[], isBuiltIn: boolean): Shape =>
  accepted(
    header,
    forms,
    (form, encoding) => encoding !== 'protobuf' || form === 'PartialObjectMetadata' || (form === 'object' && isBuiltIn),
  )

const watchTypes = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch']

/** The shape of what a watch tells, which is JSON. Faults: NotAcceptable. */
export const watchShape = (header: string | undefined, forms: readonly Form[]): Shape =>
  accepted(header, forms, (_form, encoding) => encoding === 'json', watchTypes)

/** How a client wants to read what is not an object of its kind (a Status): JSON when it says nothing we know. */
export const encodingForStatus = (header: string | undefined): Encoding =>
  rangesOf(header ?? '')
    .map(encodingOf)
    .find((encoding) => encoding !== undefined) ?? 'json'
