/** The last step of an answer: the JSON it was made in, as the client wants to read it. */
import { encodingForStatus } from './accept.ts'
import { jsonTextOf } from './answer.ts'
import { writeYaml } from './yaml.ts'

/** People who look with a browser or by hand get lines; `pretty` decides where it is said. */
const byHand = /^(curl|Wget|Mozilla\/5\.0)\b/

function isPretty(request: Request): boolean {
  const said = new URL(request.url).searchParams.get('pretty')
  if (said !== null) return said !== 'false' && said !== '0'
  return (
    /;\s*pretty=(1|true)/.test(request.headers.get('accept') ?? '') ||
    byHand.test(request.headers.get('user-agent') ?? '')
  )
}

/** `response`, re-written when it is JSON and the client prefers YAML or lines. Streams and texts stay as they are. */
export function represented(request: Request, response: Response): Response {
  const text = jsonTextOf(response)
  if (text === undefined) return response
  const isYaml = encodingForStatus(request.headers.get('accept') ?? undefined) === 'yaml'
  if (!isYaml && !isPretty(request)) return response
  const value: unknown = JSON.parse(text)
  const headers = new Headers(response.headers)
  if (isYaml) headers.set('content-type', 'application/yaml')
  return new Response(isYaml ? writeYaml(value) : JSON.stringify(value, null, 2), { status: response.status, headers })
}
