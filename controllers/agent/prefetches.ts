/** Images that are pulled before a task needs them, and what became of that. Losing the memory of it costs only another look. */
import { backoffDelay } from '../../lib/backoff.ts'
import type { Clock } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Scope } from '../../lib/scope.ts'
import { earliest, type Instant, plus } from '../../lib/time.ts'
import type { Images, WantedImage } from './images.ts'
import { agentLimits } from './limits.ts'

export interface PrefetchesOptions {
  readonly images: Images
  readonly clock: Clock
  readonly log: Logger
  /** Owns the pulls. */
  readonly scope: Scope
  /** A pull ended. */
  wake(): void
}

/** `unknown`: not tried to the end yet. */
export type Prefetched =
  | { readonly is: 'unknown' }
  | { readonly is: 'here'; readonly at: Instant }
  | { readonly is: 'failed'; readonly reason: string; readonly retryAt: Instant }

interface Known {
  readonly outcome: Prefetched
  readonly failures: number
  readonly cancel: AbortController | undefined
}

const keyOf = ({ image, settledBy = '' }: WantedImage): string => `${settledBy} ${image}`

/** One tag may stand for different bytes: it is here when all of them are. */
const worse = (a: Prefetched, b: Prefetched): boolean => ranks[a.is] > ranks[b.is]
const ranks = { here: 0, unknown: 1, failed: 2 } as const

export class Prefetches {
  readonly #options: PrefetchesOptions
  readonly #known = new Map<string, Known>()

  constructor(options: PrefetchesOptions) {
    this.#options = options
  }

  /** Begins or repeats what is due of `images`, and forgets all others. Returns what is known of each, by name. */
  want(images: readonly WantedImage[]): {
    readonly outcomes: ReadonlyMap<string, Prefetched>
    readonly wakeAt: Instant | undefined
  } {
    const now = this.#options.clock.now()
    const wanted = new Map(images.map((image) => [keyOf(image), image] as const))
    for (const [key, { cancel }] of this.#known) {
      if (wanted.has(key)) continue
      cancel?.abort(new Error('nobody wants the image any more'))
      this.#known.delete(key)
    }
    for (const [key, image] of wanted) {
      const known = this.#known.get(key)
      const isDue = known?.outcome.is === 'failed' && known.outcome.retryAt <= now
      if (known === undefined || (isDue && known.cancel === undefined)) this.#pull(key, image, known)
    }
    const outcomes = new Map<string, Prefetched>()
    for (const [key, { image }] of wanted) {
      const outcome = this.#known.get(key)?.outcome ?? { is: 'unknown' }
      const other = outcomes.get(image)
      outcomes.set(image, other === undefined || worse(outcome, other) ? outcome : other)
    }
    const retries = [...this.#known.values()].flatMap(({ outcome: one }) =>
      one.is === 'failed' && one.retryAt > now ? [one.retryAt] : [],
    )
    return { outcomes, wakeAt: earliest(...retries) }
  }

  #pull(key: string, wanted: WantedImage, before: Known | undefined): void {
    const { images, clock, log, scope, wake } = this.#options
    const cancel = new AbortController()
    const { outcome = { is: 'unknown' }, failures = 0 } = before ?? {}
    const { image } = wanted
    this.#known.set(key, { outcome, failures, cancel })
    scope.go(`prefetch ${image}`, async (signal) => {
      let next: Known
      try {
        await images.ensure(wanted, () => undefined, AbortSignal.any([signal, cancel.signal]))
        next = { outcome: { is: 'here', at: clock.now() }, failures: 0, cancel: undefined }
      } catch (error) {
        signal.throwIfAborted()
        if (cancel.signal.aborted) return
        log.warn({ err: error, image }, 'an image cannot be pulled ahead; trying again')
        const retryAt = plus(clock.now(), backoffDelay(agentLimits.prefetchRetry, failures + 1))
        const reason = messageOf(error).slice(0, agentLimits.reasonLength)
        next = { outcome: { is: 'failed', reason, retryAt }, failures: failures + 1, cancel: undefined }
      }
      if (this.#known.get(key)?.cancel === cancel) this.#known.set(key, next)
      wake()
    })
  }
}
