/** The Docker engine's images: whether one is there, what its registry has, and pulling it. */
import type Docker from 'dockerode'
import { repositoryOf } from '../../../api/v1/container-images.ts'
import { backoffDelay, jittered } from '../../../lib/backoff.ts'
import { type Clock, sleep } from '../../../lib/clock.ts'
import { isFault, messageOf } from '../../../lib/errors.ts'
import type { Logger } from '../../../lib/log.ts'
import type { Random } from '../../../lib/random.ts'
import { orAbort } from '../../runtime/race.ts'
import type { EngineLimits } from '../limits.ts'
import { type CallOptions, statusOf } from './docker-calls.ts'
import { pullImage } from './docker-pull.ts'
import type { Engine, ImageInfo } from './engine.ts'
import { EngineFault } from './errors.ts'

export interface DockerImagesOptions {
  readonly docker: Docker
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly limits: EngineLimits
  /** Makes one call, once the engine's version is known. */
  request<T>(
    how: Omit<CallOptions, 'clock'>,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>
}

export function dockerImages({
  docker,
  clock,
  random,
  log,
  limits,
  request,
}: DockerImagesOptions): Pick<Engine, 'ensureImage' | 'registryDigest'> {
  const pulls = new Map<string, Promise<void>>()
  const looked = { limit: limits.inspect, transition: 'inspected', error: 'CannotPullContainerError' } as const

  async function present(image: string, signal: AbortSignal): Promise<ImageInfo | undefined> {
    const found = await request(looked, signal, () =>
      docker
        .getImage(image)
        .inspect()
        .catch((error: unknown) => {
          if (statusOf(error) === 404) return undefined
          throw error
        }),
    )
    return found === undefined ? undefined : { id: found.Id, digest: digestOf(image, found.RepoDigests) }
  }

  /** Tries a pull several times, unless the registry's answer is final. */
  async function pullPatiently(image: string, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await pullImage({ docker, clock, limits }, image, signal)
      } catch (error) {
        signal.throwIfAborted()
        const last = attempt >= limits.pullAttempts || isFinal(error)
        log.debug({ err: error, image, attempt, last }, 'pull failed')
        if (last) throw error
        await sleep(clock, jittered(backoffDelay(limits.pullRetry, attempt), random), signal)
      }
    }
  }

  return {
    async ensureImage(image, onPull, signal) {
      const already = await present(image, signal)
      if (already !== undefined) return already
      onPull()
      // Shared by all that want this image: it goes on when one of them loses interest, and ends at its own limits.
      let pull = pulls.get(image)
      if (pull === undefined) {
        pull = pullPatiently(image, new AbortController().signal).finally(() => pulls.delete(image))
        pulls.set(image, pull)
      }
      await orAbort(pull, signal)
      const pulled = await present(image, signal)
      if (pulled === undefined) throw new EngineFault('CannotPullContainerError', `${image} vanished after its pull`)
      return pulled
    },

    async registryDigest(image, signal) {
      if ((await present(image, signal))?.digest === undefined) return undefined
      const how = { limit: limits.registry, transition: 'resolved', error: 'CannotPullContainerError' } as const
      try {
        const found = await request(how, signal, () => docker.getImage(image).distribution())
        return (found as { readonly Descriptor?: { readonly digest?: string } }).Descriptor?.digest
      } catch (error) {
        signal.throwIfAborted()
        if (isFault(error, 'Unavailable') && statusOf(error.cause) === undefined) throw error
        log.debug({ err: error, image }, 'the registry does not say what the tag stands for')
        return undefined
      }
    },
  }
}

/** Docker Hub's names in their short form. */
const short = (reference: string): string => reference.replace(/^(index\.)?docker\.io\/(library\/)?/, '')

/** By what digest the image's own repository knows it; one image may have come from several. */
function digestOf(image: string, known: readonly string[] | undefined): string | undefined {
  const own = `${short(repositoryOf(image))}@`
  return known?.find((one) => short(one).startsWith(own))?.split('@')[1]
}

/** Answers of a registry that another attempt will not change. */
const isFinal = (error: unknown): boolean =>
  !isFault(error, 'Unavailable') &&
  /not found|manifest unknown|access denied|unauthorized|authentication required|invalid reference|no basic auth|toomanyrequests/i.test(
    messageOf(error),
  )
