/** Sends mutants to a server and collects what must never be: 5xx answers, broken connections, stray rejections, growth. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Random, randomBelow, seededRandom } from '../../lib/random.ts'
import { type TraceRequest, textOf } from '../golden/trace.ts'
import type { World } from '../golden/world.ts'
import { corpus } from './corpus.ts'
import { mutant } from './mutate.ts'

export interface Finding {
  readonly number: number
  readonly request: TraceRequest
  readonly what: string
}

export interface FuzzResult {
  readonly findings: readonly Finding[]
  /** Answers by status. */
  readonly statuses: ReadonlyMap<number, number>
  /** Bytes of live heap after a fifth of the requests, and after all. */
  readonly heap: { readonly early: number; readonly late: number }
}

interface Suspect {
  readonly number: number
  readonly request: TraceRequest
}

/** Milliseconds of work that no single request may take. */
const slow = 2000
/** Suspects that are tried again. */
const mostSuspects = 64

/** Answers of 500 and more that say something true: a version that is not there yet. A HEAD says it without words. */
const isTrue = (status: number, text: string): boolean =>
  status === 504 && (text === '' || /Too large resource version/.test(text))

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
function liveHeap(): number {
  collect()
  return process.memoryUsage().heapUsed
}

const placeholders: Readonly<Record<string, string>> = {
  uid: '11111111-1111-4111-8111-111111111111',
  rv: '5',
  lrv: '5',
  continue: 'x',
  time: '2026-01-01T00:00:00Z',
}
/** The recording's placeholders as something that might have been there. */
const filled = <T>(value: T): T =>
  JSON.parse(
    textOf(value).replaceAll(/<(uid|rv|lrv|continue|time)(?::\d+)?>/g, (_, name: string) => placeholders[name] ?? ''),
  ) as T

export interface FuzzOptions {
  readonly requests: number
  readonly seed: number
  /** In flight at once. */
  readonly width: number
  readonly onProgress?: (sent: number) => void
}

export async function fuzz(world: World, options: FuzzOptions): Promise<FuzzResult> {
  const random: Random = seededRandom(options.seed)
  const sources = (await corpus()).map(filled)
  const findings: Finding[] = []
  const statuses = new Map<number, number>()
  const suspects: Suspect[] = []
  let early = 0
  let sent = 0
  const stray = (reason: unknown): void => {
    const what = `unhandled rejection: ${reason instanceof Error ? reason.stack : String(reason)}`
    findings.push({ number: sent, request: { method: '', path: '' }, what })
  }
  process.on('unhandledRejection', stray)

  async function one(number: number): Promise<void> {
    const source = sources[randomBelow(random, sources.length)] as TraceRequest
    const request = bounded(mutant(source, random))
    const began = performance.now()
    try {
      // a kept connection may just have been closed: that is no answer to this request
      const answer = await world.wire.glance(request).catch(() => world.wire.glance(request))
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      if (answer.status >= 500 && !isTrue(answer.status, answer.text)) {
        findings.push({ number, request, what: `${answer.status} ${answer.text.slice(0, 500)}` })
      }
    } catch (error) {
      if ((error as { code?: string }).code?.startsWith('ERR_') === true) return // not sent: no HTTP client can
      findings.push({ number, request, what: `no answer: ${String(error)}` })
    } finally {
      // it or one beside it: which, is seen when each is sent alone
      if (performance.now() - began > slow && suspects.length < mostSuspects) suspects.push({ number, request })
    }
  }

  /** How long the server works on a request when nothing else happens. */
  async function alone({ number, request }: Suspect): Promise<void> {
    const before = process.cpuUsage()
    await world.wire.glance(request).catch(() => undefined)
    const { user, system } = process.cpuUsage(before)
    const worked = (user + system) / 1000
    if (worked > slow) findings.push({ number, request, what: `slow: ${Math.round(worked / 1000)} s of work` })
  }

  async function worker(): Promise<void> {
    while (sent < options.requests) {
      const number = sent++
      if (number % 2000 === 0) await world.clean()
      if (number === Math.floor(options.requests / 5)) early = liveHeap()
      if (number % 5000 === 0) options.onProgress?.(number)
      await one(number)
    }
  }
  try {
    await Promise.all(Array.from({ length: options.width }, worker))
    for (const suspect of suspects) await alone(suspect)
    await world.clean()
  } finally {
    process.off('unhandledRejection', stray)
  }
  return { findings, statuses, heap: { early, late: liveHeap() } }
}

/** Streams are only glanced at: they should not last. */
const bounded = (request: TraceRequest): TraceRequest =>
  request.query?.watch === undefined ? request : { ...request, query: { ...request.query, timeoutSeconds: '1' } }
