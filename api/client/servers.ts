/** Which of several addresses of one API is asked: the same as before until it fails, then the next. */

export class Servers {
  readonly #urls: readonly URL[]
  #at = 0

  /** At least one. */
  constructor(urls: readonly [URL, ...URL[]]) {
    this.#urls = urls
  }

  get current(): URL {
    return this.#urls[this.#at] as URL
  }

  /** `failed` does not answer. That others noticed it too changes nothing: they were asking the same one. */
  leave(failed: URL): void {
    if (failed === this.current) this.#at = (this.#at + 1) % this.#urls.length
  }
}
