/** The registry that all machines of a simulation pull from: tags move when users push. */
import { createHash } from 'node:crypto'

/** An image that nobody pushed until all is healed, as after a slip of the pen. */
export const unpushed = 'ghost:1'

export class ImageRegistry {
  readonly #pushes = new Map<string, number>()
  /** The tags under which digests were pushed. */
  readonly #tags = new Map<string, string>()
  /** Tags, and all that was ever pushed under them, that cannot be had now. */
  readonly missing = new Set<string>([unpushed])

  /** Other bytes under the same tag. */
  push(tag: string): void {
    this.#pushes.set(tag, 1 + (this.#pushes.get(tag) ?? 0))
  }

  digestOf(tag: string): string | undefined {
    if (this.missing.has(tag)) return undefined
    const hash = createHash('sha256').update(`${tag} ${this.#pushes.get(tag) ?? 0}`)
    const digest = `sha256:${hash.digest('hex')}`
    this.#tags.set(digest, tag)
    return digest
  }

  /** Why an image cannot be pulled, by tag or digest. */
  refusal(image: string): string | undefined {
    const tag = this.#tags.get(image.split('@')[1] ?? '') ?? image
    return this.missing.has(tag) ? `${image}: not found` : undefined
  }
}
