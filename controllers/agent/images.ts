/**
 * Which bytes a container gets. The first tasks of a service revision ask the registry what the tag stands for; later ones are
 * told (ecs-core 5.12). Images that no registry has, and a registry that does not answer, leave what the engine has.
 */
import { withDigest } from '../../api/v1/container-images.ts'
import { orAbort } from '../runtime/race.ts'
import type { Engine } from './engine/engine.ts'
import { agentLimits } from './limits.ts'

export interface WantedImage {
  readonly image: string
  /** What its tag stands for, if that is settled. */
  readonly imageDigest?: string | undefined
  /** Who settles it otherwise: all that share it get one answer. */
  readonly settledBy?: string | undefined
}

export interface FoundImage {
  /** What to make the container of. */
  readonly reference: string
  /** The digest by which the image's repository has it, as far as that is known. */
  readonly digest: string | undefined
}

export class Images {
  readonly #engine: Engine
  /** In order of last use. What a tag stands for, as the registry said or as it was pulled. */
  readonly #settled = new Map<string, Promise<string | undefined>>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Makes sure that the engine has the image; `onPull` as of the engine. Faults: those of the engine's `ensureImage`. */
  async ensure(wanted: WantedImage, onPull: () => void, signal: AbortSignal): Promise<FoundImage> {
    const { image, imageDigest, settledBy } = wanted
    if (imageDigest !== undefined) return this.#ofDigest(image, imageDigest, onPull, signal)
    if (settledBy === undefined) {
      const { digest } = await this.#engine.ensureImage(image, onPull, signal)
      return { reference: image, digest }
    }
    const key = `${settledBy} ${image}`
    const settled = await this.#ask(key, image, signal)
    if (settled !== undefined) return this.#ofDigest(image, settled, onPull, signal)
    let pulled = false
    const noted = (): void => {
      pulled = true
      onPull()
    }
    const { digest } = await this.#engine.ensureImage(image, noted, signal)
    // one that merely was here may be anything
    if (digest === undefined || (!pulled && (await this.#settled.get(key)) !== digest))
      return { reference: image, digest: undefined }
    this.#settled.set(key, Promise.resolve(digest))
    return { reference: withDigest(image, digest), digest }
  }

  async #ofDigest(image: string, digest: string, onPull: () => void, signal: AbortSignal): Promise<FoundImage> {
    const reference = withDigest(image, digest)
    await this.#engine.ensureImage(reference, onPull, signal)
    return { reference, digest }
  }

  async #ask(key: string, image: string, signal: AbortSignal): Promise<string | undefined> {
    // shared by all that want it: it goes on when one of them loses interest, and ends at the engine's own limits
    const answer = this.#settled.get(key) ?? this.#engine.registryDigest(image, new AbortController().signal)
    this.#settled.delete(key)
    this.#settled.set(key, answer)
    if (this.#settled.size > agentLimits.resolvedImages) this.#settled.delete(this.#settled.keys().next().value ?? '')
    try {
      return await orAbort(answer, signal)
    } catch (error) {
      if (!signal.aborted) this.#settled.delete(key)
      throw error
    }
  }
}
