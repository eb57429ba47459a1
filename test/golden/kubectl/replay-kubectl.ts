/** Replays recorded kubectl commands with the real kubectl, and tells how requests and outputs differ. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bindings } from '../bindings.ts'
import { differences, goTextAt } from '../compare.ts'
import { parseExact } from '../trace.ts'
import type { World } from '../world.ts'
import { type CommandBed, type Outcome, runCommand } from './command.ts'
import type { KubectlCase, RecordedRequest } from './kubectl-case.ts'
import { type Recorder, startRecorder } from './recorder.ts'
import { type Meanwhile, meanwhile, scenes } from './scenes.ts'
import { change, setScene } from './stage.ts'

export class KubectlReplay {
  readonly #world: World
  readonly #binary: string
  readonly #recorder: Recorder
  readonly #directory = mkdtempSync(join(tmpdir(), 'gantry-kubectl-files-'))

  private constructor(world: World, binary: string, recorder: Recorder) {
    this.#world = world
    this.#binary = binary
    this.#recorder = recorder
  }

  static async start(world: World, binary: string): Promise<KubectlReplay> {
    return new KubectlReplay(world, binary, await startRecorder(world.upstream))
  }

  async close(): Promise<void> {
    rmSync(this.#directory, { recursive: true, force: true })
    await this.#recorder.close()
  }

  /** Cases build on one another: those before it must have run since its scene began. */
  async play(one: KubectlCase): Promise<readonly string[]> {
    const scene = scenes[one.name]
    if (scene !== undefined) await setScene(this.#world, scene)
    const { tokens, authority } = this.#world
    const token = one.user === 'badtoken' ? 'not-a-token' : tokens[one.user ?? 'admin']
    const bed: CommandBed = { binary: this.#binary, url: this.#recorder.url, authority, token }
    for (const line of one.before ?? []) {
      await runCommand(bed, { ...one, argv: words(line), stdin: '' }, this.#directory)
    }
    const during = new During(this.#world, meanwhile[one.name])
    this.#recorder.reset(one.serverLacks ?? [], (request) => during.saw(request))
    const outcome = await runCommand(bed, one, this.#directory)
    await during.done
    return this.#compare(one, outcome)
  }

  #compare(one: KubectlCase, outcome: Outcome): readonly string[] {
    const bindings = new Bindings()
    const found = [...requestDifferences(bindings, one, this.#recorder.requests)]
    for (const name of ['stdout', 'stderr'] as const) {
      if (!isSameText(bindings, one, one[name], outcome[name])) {
        found.push(`${name}: recorded\n${one[name]}\n     here\n${outcome[name]}`)
      }
    }
    if (outcome.exitCode !== one.exitCode) found.push(`exit code: recorded ${one.exitCode}, here ${outcome.exitCode}`)
    return found
  }
}

/** What others do, once. */
class During {
  readonly #world: World
  readonly #meanwhile: Meanwhile | undefined
  #reads = 0
  #begun = false
  done: Promise<void> = Promise.resolve()

  constructor(world: World, of: Meanwhile | undefined) {
    this.#world = world
    this.#meanwhile = of
  }

  saw({ method, query }: RecordedRequest): void {
    if (this.#meanwhile === undefined || this.#begun) return
    if (method === 'GET') this.#reads++
    const isTime = this.#meanwhile.after === 'watch' ? query?.includes('watch=true') === true : this.#reads >= 6
    if (!isTime) return
    this.#begun = true
    const { changes } = this.#meanwhile
    this.done = (async () => {
      for (const one of changes) await change(this.#world.wire, one)
    })()
  }
}

const words = (line: string): readonly string[] => line.split(' ')

/** Columns are as wide as what was in them; only what is in them is compared. */
const spaced = ({ name }: KubectlCase, text: string): string => {
  if (name === 'version' || name === 'version-json' || name === 'version-client') return '' // kubectl's own, and the warning about them
  const collapsed = text.replaceAll(/ {2,}/g, '  ')
  return name === 'api-versions' ? (collapsed.match(/^golden.*$/gm) ?? []).join('\n') : collapsed
}

function isSameText(bindings: Bindings, one: KubectlCase, recorded: string, actual: string): boolean {
  const goText = goTextAt(recorded)
  if (goText >= 0) return bindings.matches(recorded.slice(0, goText), actual.slice(0, goText))
  // members come as the server has them, in no order that matters
  if (one.argv.includes('--raw') && [recorded, actual].every((text) => text.startsWith('{'))) {
    return differences(bindings, parseExact(recorded), parseExact(actual)).length === 0
  }
  return bindings.matches(timeless(spaced(one, recorded)), timeless(spaced(one, actual)))
}

/** Whether kubectl still says that its own time was up, before it says what it waited for, is a race inside it. */
const timeless = (text: string): string =>
  text.replaceAll(/^(<klog>|[IWEF]\d{4}) .*(context deadline exceeded|very short watch).*\n/gm, '')

const ofOthers = /^\/(?:api\/v1|apis\/(?!golden\.gantry\.dev)[^/]+(?:\/[^/]+)?)$/
const isDiscovery = ({ path }: RecordedRequest): boolean =>
  /^\/(?:api|apis|openapi\/.*|apis\/golden\.gantry\.dev\/v1)$/.test(path) || ofOthers.test(path)

/** Some builds of kubectl ask for the version first, to start another kubectl that fits it. */
const isDispatch = ({ path, query }: RecordedRequest): boolean => path === '/version' && query === 'timeout=5s'

/** How often something is asked for until it is there depends on time. */
const collapses = /^wait-create$/

function requestDifferences(
  bindings: Bindings,
  one: KubectlCase,
  actual: readonly RecordedRequest[],
): readonly string[] {
  const told = (requests: readonly RecordedRequest[]): readonly unknown[] => {
    const own = requests.filter((request) => !ofOthers.test(request.path) && !isDispatch(request)).map(normal)
    const discovery = own.filter(isDiscovery).sort((x, y) => (x.path < y.path ? -1 : 1))
    const rest = own.filter((request) => !isDiscovery(request))
    const texts = rest.map((request) => JSON.stringify(request))
    const kept = collapses.test(one.name) ? rest.filter((_, at) => texts.indexOf(texts[at] as string) === at) : rest
    return [...discovery, ...kept]
  }
  const [wanted, here] = [told(one.requests), told(actual)]
  if (wanted.length !== here.length) {
    const line = (request: unknown): string => {
      const { method, path, query, status } = request as RecordedRequest
      return `${method} ${path}${query === undefined ? '' : `?${query}`} ${status}`
    }
    return [
      `requests: recorded\n       ${wanted.map(line).join('\n       ')}\n     here\n       ${here.map(line).join('\n       ')}`,
    ]
  }
  return differences(bindings, wanted, here, 'requests')
}

/** kubectl's own version, which it writes into what it makes. */
const withoutBuild = (value: unknown): unknown => {
  if (typeof value === 'string') return value.replace(/^kubectl\/v\d\S+$/, 'kubectl/<version>')
  if (Array.isArray(value)) return value.map(withoutBuild)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutBuild(one)]))
}

/** Selectors are made from Go's maps: their order is random. */
function normal(request: RecordedRequest): RecordedRequest {
  const query = request.query
    ?.split('&')
    .map((part) =>
      part.startsWith('fieldSelector=')
        ? `fieldSelector=${part.slice('fieldSelector='.length).split('%2C').sort().join('%2C')}`
        : part,
    )
    .join('&')
  return {
    ...request,
    ...(query === undefined ? {} : { query }),
    ...('body' in request ? { body: withoutBuild(request.body) } : {}),
  }
}
