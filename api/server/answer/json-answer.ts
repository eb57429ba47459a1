/** A response in JSON whose bytes are known. The Response that it is taken for is made only when somebody looks at more than its status. */
import type { ServerResponse } from 'node:http'

const members = ['body', 'bodyUsed', 'headers', 'ok', 'redirected', 'statusText', 'type', 'url'] as const
const methods = ['arrayBuffer', 'blob', 'bytes', 'clone', 'formData', 'json', 'text'] as const

class JsonAnswer {
  readonly content: string | Buffer
  readonly status: number
  readonly contentType: string
  #whole: Response | undefined

  constructor(content: string | Buffer, status: number, contentType: string) {
    this.content = content
    this.status = status
    this.contentType = contentType
  }

  /** Whether its headers may have changed. */
  get isSeen(): boolean {
    return this.#whole !== undefined
  }

  get plainHeaders(): Record<string, string> {
    return { 'cache-control': 'no-cache, private', 'content-type': this.contentType }
  }

  get whole(): Response {
    const body = this.content as string | Uint8Array<ArrayBuffer>
    this.#whole ??= new Response(body, { status: this.status, headers: this.plainHeaders })
    return this.#whole
  }
}
for (const name of members) {
  Object.defineProperty(JsonAnswer.prototype, name, {
    get(this: JsonAnswer) {
      return this.whole[name]
    },
  })
}
for (const name of methods) {
  Object.defineProperty(JsonAnswer.prototype, name, {
    value(this: JsonAnswer) {
      return this.whole[name]()
    },
  })
}
Object.setPrototypeOf(JsonAnswer.prototype, Response.prototype)

/** `content` must not change after. */
export const jsonAnswer = (content: string | Buffer, status: number, contentType: string): Response =>
  new JsonAnswer(content, status, contentType) as unknown as Response

/** What a response says that was made here in plain JSON; undefined for all others. */
export const jsonBodyOf = (response: Response): string | Buffer | undefined =>
  response instanceof JsonAnswer && response.contentType === 'application/json' ? response.content : undefined

/** Whether a response is as it was made: nobody can have added a header. */
export const isUnseen = (response: Response): boolean => response instanceof JsonAnswer && !response.isSeen

/** Sends a response that is as it was made; false for all others. What `outgoing` has of headers goes with it. */
export function sentAtOnce(response: Response, outgoing: ServerResponse): boolean {
  if (!(response instanceof JsonAnswer) || response.isSeen) return false
  if (outgoing.destroyed) return true // its client is gone
  const { status, content, plainHeaders } = response
  outgoing.writeHead(status, { ...plainHeaders, 'content-length': Buffer.byteLength(content) })
  outgoing.end(content)
  return true
}
