/** Pulls the images that services will want on this instance, and says in its status which are there. */
import { ContainerInstance, type PrefetchedImage } from '../../api/v1/container-instance.ts'
import { isEqual } from '../../lib/equal.ts'
import { milliTimestamp } from '../../lib/time.ts'
import { again, type Controller, type Deps, done, own } from '../runtime/controller.ts'
import { orAbort } from '../runtime/race.ts'
import type { WantedImage } from './images.ts'
import type { Prefetched, Prefetches } from './prefetches.ts'

export interface PrefetchOptions {
  readonly namespace: string
  readonly name: string
  readonly prefetches: Prefetches
  /** Directs ends of pulls to this run of the controllers; returns the undo. */
  listen(wake: () => void): () => void
}

const wanted = ({ status }: ContainerInstance): readonly WantedImage[] =>
  (status?.prefetch ?? []).flatMap(({ images, revisionUid: settledBy }) =>
    images.map((image) => ({ image, settledBy: image.includes('@') ? undefined : settledBy })),
  )

/** What was said before stays until it is known again: the agent may have been started anew. */
function said(image: string, outcome: Prefetched, before: PrefetchedImage | undefined): readonly PrefetchedImage[] {
  switch (outcome.is) {
    case 'unknown':
      return before === undefined ? [] : [before]
    case 'here':
      return [before?.pulledAt === undefined ? { image, pulledAt: milliTimestamp(outcome.at) } : before]
    case 'failed':
      return [{ image, reason: outcome.reason }]
  }
}

/** Key = the instance. */
export function prefetchController(deps: Deps, { namespace, name, prefetches, listen }: PrefetchOptions): Controller {
  return {
    name: 'prefetch',
    watches: [own(ContainerInstance, { namespace, fieldSelector: `metadata.name=${name}` })],

    async reconcile(_, signal) {
      const instance = deps.cache.get(ContainerInstance, { namespace, name })
      if (instance === undefined) return done
      const { images: before = [], ...status } = instance.status ?? {}
      const { outcomes, wakeAt } = prefetches.want(wanted(instance))
      const next = [...outcomes.keys()].sort().flatMap((image) =>
        said(
          image,
          outcomes.get(image) ?? { is: 'unknown' },
          before.find((one) => one.image === image),
        ),
      )
      if (!isEqual(next, before))
        await deps.client.updateStatus(ContainerInstance, { ...instance, status: { ...status, images: next } }, signal)
      return again(wakeAt)
    },

    async follow(wake, signal) {
      const stop = listen(() => wake(`${namespace}/${name}`))
      try {
        await orAbort(new Promise<never>(() => undefined), signal)
      } finally {
        stop()
      }
    },
  }
}
