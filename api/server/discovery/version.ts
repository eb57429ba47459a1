/** `/version`: which Kubernetes this server speaks like. */
import { Fault } from '../../../lib/errors.ts'
import { json } from '../answer/answer.ts'
import { failure } from '../answer/status.ts'
import { methodNotAllowed } from '../resources/target.ts'

/** `version` is Gantry's own, as `1.2.3`. */
const versionInfo = (version: string): object => ({
  major: '1',
  minor: '34',
  emulationMajor: '1',
  emulationMinor: '34',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '33',
  gitVersion: `v1.34.0+gantry-${version}`,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: process.version,
  // Kubernetes' own word, of which clients know no other
  compiler: 'gc',
  platform: `${process.platform}/${process.arch}`,
})

const readable = /(^|,)\s*(application\/(json|\*)|\*\/\*)\s*(;|,|$)/

/** The answer; what it is asked besides GET or for besides JSON is refused in the words of Kubernetes' router. */
export function versionAnswer(version: string, request: Request): Response {
  if (request.method !== 'GET') throw methodNotAllowed()
  if (readable.test(request.headers.get('accept') ?? '*/*')) return json(versionInfo(version))
  const refused = new Fault('NotAcceptable', '406: Not Acceptable\n\nAvailable representations: application/json')
  return json({ ...failure(refused), details: {} }, 406)
}
