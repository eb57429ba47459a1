/** Reads request bodies within bounds, by content type. */
import { Fault, isFault, messageOf } from '../../../lib/errors.ts'
import { beyondBounds } from '../../../lib/value-bounds.ts'
import { isRecord } from '../../meta/json.ts'
import { apiVersionOf, isNative, type Kind } from '../../meta/kind.ts'
import { parseNative } from '../../meta/native.ts'
import { invalidObject } from '../../meta/parse.ts'
import { invalid } from '../../meta/problems.ts'
import { kubernetesKinds } from '../../v1/kinds.ts'
import { Scale } from '../../v1/scale.ts'
import { limits } from '../limits.ts'
import { protobufType } from '../protobuf/envelope.ts'
import { repeatedKeys } from './repeated-keys.ts'
import { readYaml } from './yaml.ts'

/** A body as it was understood. */
export interface Body {
  readonly value: unknown
  /** What the text says twice, in Kubernetes' words; the last of them counts. */
  readonly repeated: readonly string[]
}

/** `application/json; charset=utf-8` -> `application/json`. */
const spelledType = (request: Request): string =>
  (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim() ?? ''
const mediaType = (request: Request): string => spelledType(request).toLowerCase()

const tooLarge = (): Fault => new Fault('TooLarge', `Request entity too large: limit is ${limits.requestBytes}`)

async function readBytes(request: Request): Promise<Buffer> {
  if (Number(request.headers.get('content-length') ?? 0) > limits.requestBytes) throw tooLarge()
  // how much comes is known: it need not be counted on the way
  if (request.headers.has('content-length')) {
    const bytes = Buffer.from(await request.arrayBuffer())
    if (bytes.byteLength > limits.requestBytes) throw tooLarge()
    return bytes
  }
  if (request.body === null) return Buffer.alloc(0)
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += part.byteLength
    if (size > limits.requestBytes) throw tooLarge()
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const readText = async (request: Request): Promise<string> => (await readBytes(request)).toString('utf8')

/** An object in Kubernetes' protobuf; the decoder is loaded with the first. */
async function readProtobuf(request: Request): Promise<Body> {
  const [bytes, { decodeObject }] = await Promise.all([readBytes(request), import('../protobuf/decode.ts')])
  return { value: decodeObject(bytes), repeated: [] }
}

const unsupported = (accepted: readonly string[]): Fault =>
  new Fault(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )

const objectTypes = ['application/json', 'application/yaml', protobufType]

/** Refuses what is so deep or large, if only by YAML's aliases, that walking it would take the stack or the day. */
function checkBounds(value: unknown): void {
  const beyond = beyondBounds(value, { depth: limits.bodyDepth, values: limits.bodyValues })
  if (beyond !== undefined) throw new Fault('BadRequest', `the body ${beyond}`)
}

/** Half a character is none: Kubernetes reads U+FFFD instead. */
const wellFormed = (_key: string, value: unknown): unknown => (typeof value === 'string' ? value.toWellFormed() : value)

function understood(text: string, type: string): Body {
  if (type !== 'application/yaml') return understoodJson(text)
  const body = jsonInYaml(text) ?? readYaml(text)
  checkBounds(body.value)
  return body
}

function understoodJson(text: string): Body {
  const value: unknown = JSON.parse(text, /\\u[dD][89a-fA-F]/.test(text) ? wellFormed : undefined)
  checkBounds(value)
  return { value, repeated: repeatedKeys(text) }
}

/** What clients apply as YAML is JSON most of the time, which is read many times faster. */
function jsonInYaml(text: string): Body | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const body = understoodJson(text)
    return body.repeated.length === 0 ? body : undefined // the words about it are YAML's
  } catch (error) {
    if (error instanceof Fault) throw error
    return undefined
  }
}

const excerptLength = 30
/** As Kubernetes shows what it could not read: text of an object, else bytes. */
function excerpt(text: string): string {
  if (text === '') return '<empty>'
  const bytes = Buffer.from(text)
  const cut = bytes.subarray(0, excerptLength)
  const shown = text.startsWith('{') ? cut.toString('utf8') : cut.toString('hex')
  return bytes.length > excerptLength ? `${shown} ...` : shown
}

/** Kubernetes' own kinds are what their path says unless they say otherwise: typed clients do not send it. */
function typed(kind: Kind, raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const isUnsaid = (member: string): boolean => (raw[member] ?? '') === ''
  return {
    ...raw,
    ...(isUnsaid('apiVersion') ? { apiVersion: apiVersionOf(kind) } : {}),
    ...(isUnsaid('kind') ? { kind: kind.kind } : {}),
  }
}

/**
 * An object of `kind` in JSON (also when nothing is said), YAML or, where Kubernetes has it, protobuf. Faults: BadRequest,
 * TooLarge, UnsupportedMediaType.
 */
export async function readObject(request: Request, kind: Kind): Promise<Body> {
  const type = mediaType(request)
  if (type === protobufType) {
    const body = await readProtobuf(request)
    checkVersionAndKind(kind, body.value as Readonly<Record<string, unknown>>)
    return body
  }
  if (type !== '' && !objectTypes.includes(type)) throw unsupported(objectTypes)
  const text = await readText(request)
  const unrecognized = (why: string, cause?: unknown): Fault =>
    new Fault(
      'BadRequest',
      `the object provided is unrecognized (must be of type ${kind.kind}): ${why} (${excerpt(text)})`,
      cause === undefined ? {} : { cause },
    )
  const unreadable = (why: string, cause?: unknown): Fault =>
    unrecognized(
      type === 'application/yaml' ? `yaml: ${why}` : `couldn't get version/kind; json parse error: ${why}`,
      cause,
    )
  let body: Body
  try {
    body = understood(text, type)
  } catch (error) {
    if (error instanceof Fault) throw error
    throw unreadable(text === '' ? 'unexpected end of JSON input' : messageOf(error), error)
  }
  if (isNative(kind) && isRecord(body.value)) body = { ...body, value: typed(kind, body.value) }
  const raw = body.value ?? {}
  if (!isRecord(raw)) throw unreadable('an object is needed')
  for (const member of ['apiVersion', 'kind']) {
    if (!['string', 'undefined'].includes(typeof (raw[member] ?? undefined)))
      throw unreadable(`${member} must be a string`)
  }
  if ((raw.kind ?? '') === '') throw unrecognized(`Object 'Kind' is missing in '${text}'`)
  const given = (raw.apiVersion ?? '') as string
  if (given.split('/').length > 2) throw unrecognized(`unexpected GroupVersion string: ${given}`)
  checkVersionAndKind(kind, raw)
  return body
}

const envelope: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])

/** Kubernetes reads another of its kinds as what it says it is, and then finds that it is not what is wanted. */
function otherNative(kind: Kind, given: string, raw: Readonly<Record<string, unknown>>): Fault {
  const refuse = (why: string): Fault =>
    new Fault('BadRequest', `${given} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${why}`)
  const other = kubernetesKinds.find((one) => one.kind === given && one.group === kind.group)
  if (other === undefined) return refuse('no such kind')
  try {
    parseNative(other, raw, { unknown: 'ignore', refuse })
    return refuse(`converting (${kind.version}.${given}) to (${kind.kind}): unknown conversion`)
  } catch (error) {
    return error as Fault
  }
}

function checkVersionAndKind(kind: Kind, raw: Readonly<Record<string, unknown>>): void {
  const version = raw.apiVersion ?? ''
  if (version !== apiVersionOf(kind)) {
    // of a version that its group does not have, nothing is known
    const isOther = !isNative(kind) && String(version).startsWith(`${kind.group}/`)
    const unknown = isOther ? Object.keys(raw).filter((member) => !envelope.has(member)) : []
    throw new Fault(
      'BadRequest',
      `the API version in the data (${version}) does not match the expected API version (${apiVersionOf(kind)})`,
      { warnings: unknown.map((member) => `unknown field ${JSON.stringify(member)}`) },
    )
  }
  const given = raw.kind as string
  if (given === kind.kind) return
  if (isNative(kind)) throw otherNative(kind, given, raw)
  const name = isRecord(raw.metadata) && typeof raw.metadata.name === 'string' ? raw.metadata.name : ''
  throw invalidObject({ ...kind, kind: given }, name, [invalid('kind', given, `must be ${kind.kind}`)])
}

/** A Scale, whatever kind it is of. Faults as readObject. */
export async function readScaleBody(request: Request): Promise<unknown> {
  try {
    return (await readObject(request, Scale as unknown as Kind)).value
  } catch (error) {
    if (!isFault(error, 'BadRequest', 'Invalid')) throw error
    throw new Fault('BadRequest', 'no kind is registered for the type v1.Scale in scheme "pkg/runtime/scheme.go:110"')
  }
}

/** Something that may be missing (DeleteOptions). Faults as readObject. */
export async function readOptional(request: Request): Promise<unknown> {
  if (mediaType(request) === protobufType) return (await readProtobuf(request)).value
  const text = await readText(request)
  if (text === '') return undefined
  try {
    return understood(text, mediaType(request)).value
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    throw new Fault('BadRequest', `couldn't get version/kind; json parse error: ${messageOf(cause)}`, { cause })
  }
}

const patchTypes = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
} as const

const acceptedPatches = (kind: Kind): readonly string[] =>
  Object.keys(patchTypes).filter((type) => isNative(kind) || !type.includes('strategic'))

/** A patch and its type. Faults as readObject. */
export async function readPatch(
  request: Request,
  kind: Kind,
): Promise<{
  readonly type: (typeof patchTypes)[keyof typeof patchTypes]
  readonly body: unknown
  readonly repeated: readonly string[]
}> {
  const type = spelledType(request) // of patches Kubernetes wants the very letters
  if (!acceptedPatches(kind).includes(type)) throw unsupported(acceptedPatches(kind))
  const text = await readText(request)
  const what = patchTypes[type as keyof typeof patchTypes]
  try {
    const { value, repeated } = understood(text, what === 'apply' ? 'application/yaml' : type)
    if (what === 'apply' && value !== null && !isRecord(value))
      throw new TypeError('json: cannot unmarshal into an object')
    return { type: what, body: value, repeated }
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    const decoding = what === 'apply' ? 'YAML: error converting YAML to JSON' : 'patch'
    throw new Fault('BadRequest', `error decoding ${decoding}: ${messageOf(cause)}`, { cause })
  }
}
