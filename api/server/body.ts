/** Reads request bodies within bounds, by content type. */
import { parse as parseYaml } from 'yaml'
import { Fault, messageOf } from '../../lib/errors.ts'
import { limits } from './limits.ts'

/** `application/json; charset=utf-8` -> `application/json`. */
const mediaType = (request: Request): string =>
  (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim() ?? ''

const tooLarge = (): Fault => new Fault('TooLarge', `Request entity too large: limit is ${limits.requestBytes}`)

async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > limits.requestBytes) throw tooLarge()
  if (request.body === null) return ''
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += part.byteLength
    if (size > limits.requestBytes) throw tooLarge()
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parsed(text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text)
  } catch (cause) {
    throw new Fault('BadRequest', `error decoding the body of the request: ${messageOf(cause)}`, { cause })
  }
}

const unsupported = (accepted: readonly string[]): Fault =>
  new Fault(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )

/** An object in JSON (also when nothing is said) or YAML. Faults: BadRequest, TooLarge, UnsupportedMediaType. */
export async function readObject(request: Request): Promise<unknown> {
  const type = mediaType(request)
  const isYaml = type === 'application/yaml'
  if (type !== '' && type !== 'application/json' && !isYaml) throw unsupported(['application/json', 'application/yaml'])
  const text = await readText(request)
  if (text.trim() === '') throw new Fault('BadRequest', 'the body of the request is empty: an object is needed')
  return parsed(text, isYaml ? (yaml) => parseYaml(yaml) : JSON.parse)
}

/** A JSON object that may be missing (DeleteOptions). */
export async function readOptional(request: Request): Promise<unknown> {
  const text = await readText(request)
  return text.trim() === ''
    ? undefined
    : parsed(text, mediaType(request) === 'application/yaml' ? parseYaml : JSON.parse)
}

const patchTypes = { 'application/json-patch+json': 'json', 'application/merge-patch+json': 'merge' } as const

/** A patch and its type. Faults as readObject. */
export async function readPatch(
  request: Request,
): Promise<{ readonly type: 'json' | 'merge'; readonly body: unknown }> {
  const type = mediaType(request)
  if (!Object.hasOwn(patchTypes, type)) throw unsupported(Object.keys(patchTypes))
  return { type: patchTypes[type as keyof typeof patchTypes], body: parsed(await readText(request), JSON.parse) }
}
