/** A history made up for a checker, to see it complain. */
import type { Resource } from '../../../api/meta/object.ts'
import { instant } from '../../../lib/time.ts'
import { keyIn, Model } from '../history.ts'
import type { Checker } from './checker.ts'

/** Feeds objects to a checker as commits at a time; says the first complaint. */
export class Story {
  readonly #model = new Model()
  readonly #checker: Checker
  #at = 0
  complaint: string | undefined

  constructor(checker: Checker) {
    this.#checker = checker
  }
  after(milliseconds: number): this {
    this.#at += milliseconds
    return this
  }
  write(object: Resource, actor = 'controllers-0#1'): this {
    return this.#commit(object, object, actor)
  }
  remove(object: Resource, actor = 'controllers-0#1'): this {
    return this.#commit(object, undefined, actor)
  }
  #commit(object: Resource, after: Resource | undefined, actor: string): this {
    const { kind } = object
    const key = keyIn(object)
    const before = this.#model.get(kind, key)
    const change = { revision: 0, at: instant(this.#at), actor, kind, key, before, after }
    this.#model.apply(change)
    this.complaint ??= this.#checker.check(change, this.#model)
    return this
  }
}
