/** Replays one recorded case against a world and tells how it differs. */
import { parse as parseYaml } from 'yaml'
import { until } from '../until.ts'
import { Bindings } from './bindings.ts'
import { differences } from './compare.ts'
import { type QuietOptions, quieted } from './noise.ts'
import type { Expectation, TraceCase, TraceRequest, TraceResponse, TraceStep } from './trace.ts'
import { OpenWatch } from './watches.ts'
import { type Answer, bodyText, jsonOrNothing, type Wire } from './wire.ts'
import type { World } from './world.ts'

const compared = ['content-type', 'content-encoding', 'warning', 'location', 'retry-after', 'allow']
/** Cases in which bookmarks come or not, as time goes. */
const timely: ReadonlySet<string> = new Set(['timeout', 'bookmarks'])
/** Cases that were recorded within one second, which shows: in who is oldest of those that wrote in it, or in an age. */
const withinSecond: ReadonlySet<string> = new Set(['max-update-managers', 'table'])

/** The differences, each with the number of its step. */
export async function replay(world: World, one: TraceCase, options: QuietOptions = {}): Promise<readonly string[]> {
  const player = new Player(world.wire, one, options)
  using _ = withinSecond.has(one.name) ? world.clock.hold() : undefined
  try {
    return await player.play()
  } finally {
    player.close()
  }
}

class Player {
  readonly #wire: Wire
  readonly #case: TraceCase
  readonly #options: QuietOptions
  readonly #bindings = new Bindings()
  readonly #watches = new Map<string, OpenWatch>()
  /** The last answer about each object, by its path. */
  readonly #last = new Map<string, unknown>()

  constructor(wire: Wire, one: TraceCase, options: QuietOptions) {
    this.#wire = wire
    this.#case = one
    this.#options = options
  }

  async play(): Promise<readonly string[]> {
    const found: string[] = []
    for (const [at, step] of this.#case.steps.entries()) {
      const where = `step ${at}${step.request === undefined ? '' : ` ${step.request.method} ${step.request.path}`}`
      for (const line of await this.#step(step)) found.push(`${where}: ${line}`)
    }
    return [...found, ...this.#bindings.disorder().map((line) => `out of order: ${line}`)]
  }

  close(): void {
    for (const watch of this.#watches.values()) watch.close()
  }

  #step({ request, response, expect, close, note }: TraceStep): Promise<readonly string[]> | readonly string[] {
    if (request !== undefined && response !== undefined) return this.#exchange(request, response, note ?? '')
    if (expect !== undefined) return this.#expect(expect)
    if (close !== undefined) this.#watches.get(close.watch)?.close()
    return []
  }

  async #exchange(recorded: TraceRequest, response: TraceResponse, note: string): Promise<readonly string[]> {
    const request = this.#filled(recorded)
    if (request.watch !== undefined) {
      const { answer, body } = await this.#wire.stream(request)
      if (answer.status === 200) {
        this.#watches.set(request.watch, new OpenWatch(body))
        return this.#compare(recorded, response, answer)
      }
      const chunks: Buffer[] = []
      for await (const chunk of body) chunks.push(chunk as Buffer)
      return this.#compare(recorded, response, { ...answer, bytes: Buffer.concat(chunks) })
    }
    let answer = await this.#wire.send(request)
    if (note.includes('polled')) {
      const fits = (): boolean =>
        answer !== undefined && answer.status === response.status && this.#trial(recorded, response, answer)
      const again = async (): Promise<boolean> => {
        if (fits()) return true
        answer = await this.#wire.send(request)
        return fits()
      }
      await until('the recorded answer came', again, 20).catch(() => undefined)
    }
    return answer === undefined
      ? response.connectionClosed === true
        ? []
        : ['the connection was closed']
      : this.#compare(recorded, response, answer)
  }

  /** Whether an answer would do; binds nothing. */
  #trial(request: TraceRequest, response: TraceResponse, answer: Answer): boolean {
    return differences(this.#bindings.copy(), ...this.#bodies(request, response, answer)).length === 0
  }

  #compare(request: TraceRequest, response: TraceResponse, answer: Answer): readonly string[] {
    const found: string[] = []
    // A handler that crashed on what it should refuse: a refusal is better.
    const refusal = response.connectionClosed === true ? [400, 415] : response.status === 500 ? [500, 400] : []
    if (answer.status !== response.status && !refusal.includes(answer.status)) {
      found.push(`status: recorded ${response.status}, here ${answer.status} ${bodyText(answer).slice(0, 600)}`)
      return found
    }
    if (response.connectionClosed === true) return found
    for (const name of compared) {
      found.push(...differences(this.#bindings, response.headers?.[name], answer.headers[name], `header ${name}`))
    }
    const said = answer.status === response.status ? response : asClientsFault(response)
    const [recorded, actual] = this.#bodies(request, said, answer)
    if (recorded !== undefined) found.push(...differences(this.#bindings, recorded, actual))
    this.#last.set(pathOf(request), jsonOrNothing(bodyText(answer)))
    if (typeof answer.headers.etag === 'string') this.#bindings.matches('<etag>', answer.headers.etag)
    return found
  }

  /** Both bodies in the form in which they are compared. */
  #bodies(request: TraceRequest, response: TraceResponse, answer: Answer): [unknown, unknown] {
    const quiet = (body: unknown): unknown => quieted(request, body, this.#options)
    const text = bodyText(answer)
    if (response.bodyBase64 !== undefined) {
      const known = Buffer.from(response.bodyBase64.replace(/…$/, ''), 'base64')
      // protobuf of OpenAPI and versions is noise; that it is protobuf is not
      return [known.subarray(0, 4).toString('hex'), answer.bytes.subarray(0, 4).toString('hex')].map(quiet) as never
    }
    // what is the same as before, and protobuf, in which the length of a placeholder stands
    if (/^<(same as above|as JSON)>$/.test(String(response.body))) return [undefined, undefined]
    if (response.bodyText?.startsWith('k8s\0')) return ['k8s\0', text.slice(0, 4)]
    if (response.bodyText !== undefined) {
      const isYaml = String(response.headers?.['content-type']).includes('yaml')
      if (isLines(response.bodyText) && isLines(text))
        return [linesOf(response.bodyText), linesOf(text)].map(quiet) as never
      return isYaml
        ? [quiet(parseYaml(response.bodyText)), quiet(parseYaml(text))]
        : [quiet(response.bodyText), quiet(text)]
    }
    if (response.body === undefined) return [undefined, undefined]
    return [quiet(response.body), quiet(jsonOrNothing(text) ?? text)]
  }

  async #expect({ watch, events, ended, nothingMoreFor }: Expectation): Promise<readonly string[]> {
    const open = this.#watches.get(watch)
    // one that was refused has ended, and had no events
    if (open === undefined) return ended === true && events.length === 0 ? [] : [`no watch ${watch} is open`]
    const isBookmark = (event: unknown): boolean => (event as { readonly type?: unknown }).type === 'BOOKMARK'
    const isWanted = (event: unknown): boolean => !timely.has(this.#case.name) || !isBookmark(event)
    const quiet = (event: unknown): unknown => quieted(undefined, event, this.#options)
    const wanted = events.filter(isWanted)
    const came = await open.next(wanted.length, isWanted)
    const found = [...differences(this.#bindings, wanted.map(quiet), came.map(quiet), `watch ${watch}`)]
    if (ended === true && !(await open.ended(90))) found.push(`watch ${watch}: recorded ended, here it goes on`)
    const rest = await open.quiet(nothingMoreFor === undefined ? 0 : 250, isWanted)
    if ((ended === true || nothingMoreFor !== undefined) && rest.length > 0) {
      found.push(`watch ${watch}: recorded nothing more, here ${JSON.stringify(rest).slice(0, 600)}`)
    }
    return found
  }

  /** The query of a schema document with the hash that the index has for it. */
  #hashed({ path, query }: TraceRequest): TraceRequest['query'] {
    if (query?.hash !== '<hash>') return query
    const index = this.#last.get('/openapi/v3') as { paths: Record<string, { serverRelativeURL: string } | undefined> }
    const [, hash = ''] = index.paths[path.replace('/openapi/v3/', '')]?.serverRelativeURL.split('hash=') ?? []
    return { ...query, hash }
  }

  #filled(recorded: TraceRequest): TraceRequest {
    const last = this.#last.get(pathOf(recorded))
    const fill = (value: unknown, at: unknown): unknown => {
      if (typeof value === 'string') {
        if (value === '<time>' || value === '<microtime>') return typeof at === 'string' ? at : new Date().toISOString()
        return this.#bindings.filled(value)
      }
      if (Array.isArray(value)) return value.map((one, index) => fill(one, (at as unknown[] | undefined)?.[index]))
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value).map(([name, one]) => {
          const filled = this.#bindings.filled(name)
          return [filled, fill(one, (at as Record<string, unknown> | undefined)?.[filled])]
        }),
      )
    }
    const created = (last as { metadata?: { creationTimestamp?: string } } | undefined)?.metadata?.creationTimestamp
    const text = (value: string): string => this.#bindings.filled(value).replaceAll('<time>', created ?? '<time>')
    return {
      ...recorded,
      path: this.#bindings.filled(recorded.path),
      ...(recorded.query === undefined ? {} : { query: fill(this.#hashed(recorded), undefined) as never }),
      ...(recorded.headers === undefined ? {} : { headers: fill(recorded.headers, undefined) as never }),
      ...(recorded.body === undefined ? {} : { body: fill(recorded.body, last) }),
      ...(recorded.bodyText === undefined ? {} : { bodyText: text(recorded.bodyText) }),
    }
  }
}

/** An answer 500 as it had been, had the server seen whose fault it was. */
const asClientsFault = (response: TraceResponse): TraceResponse => ({
  ...response,
  ...(response.body === undefined ? {} : { body: { ...response.body, reason: 'BadRequest', code: 400 } }),
  ...(response.bodyText === undefined
    ? {}
    : { bodyText: response.bodyText.replace('Internal Server Error', 'Bad Request') }),
})

/** A watch that was read to its end. */
const isLines = (text: string): boolean => text.startsWith('{"type":') && text.endsWith('\n')
const linesOf = (text: string): readonly unknown[] => text.trimEnd().split('\n').map(jsonOrNothing)

/** By what path an object is known: that of its collection and its name, without subresources. */
function pathOf({ path, method, body }: TraceRequest): string {
  const name = (body as { metadata?: { name?: string } } | undefined)?.metadata?.name
  return (method === 'POST' ? `${path}/${name}` : path).replace(/\/(status|scale|finalize)$/, '')
}
