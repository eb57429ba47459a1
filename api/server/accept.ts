/** What form of answer a client accepts, of those that this server has. */
import { Fault } from '../../lib/errors.ts'

export type Form = 'object' | 'Table' | 'PartialObjectMetadata' | 'aggregated'

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

const isJson = (type: string): boolean => type === 'application/json' || type === 'application/*' || type === '*/*'

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

/** The best form by the Accept header. Faults: NotAcceptable. */
export function acceptedForm(header: string | undefined, allowed: readonly Form[]): Form {
  if (header === undefined || header.trim() === '') return 'object'
  for (const range of rangesOf(header)) {
    const form = isJson(range.type) ? formOf(range, allowed) : undefined
    if (form !== undefined) return form
  }
  throw new Fault('NotAcceptable', 'only the following media types are accepted: application/json')
}
