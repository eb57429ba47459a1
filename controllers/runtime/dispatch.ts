/** Tells each controller's queue which keys a change of the cache concerns, once everything has started. */
import { groupResource, type Kind } from '../../api/meta/kind.ts'
import type { Resource } from '../../api/meta/object.ts'
import type { Logger } from '../../lib/log.ts'
import type { Cache, Controller, Watch } from './controller.ts'
import type { WorkQueue } from './queue.ts'
import { selectionTest } from './selection.ts'

interface Target {
  readonly controller: string
  readonly queue: WorkQueue
  readonly keysOf: Watch['keysOf']
  readonly settles: boolean
  readonly selects: (object: Resource) => boolean
}

export class Dispatch {
  readonly #byKind = new Map<string, { readonly kind: Kind; readonly targets: Target[] }>()
  readonly #log: Logger
  #cache: Cache | undefined

  constructor(log: Logger) {
    this.#log = log
  }

  connect(controller: Controller, queue: WorkQueue): void {
    for (const { kind, only, keysOf, settles = false } of controller.watches) {
      const of = this.#byKind.get(groupResource(kind)) ?? { kind, targets: [] }
      this.#byKind.set(groupResource(kind), of)
      of.targets.push({ controller: controller.name, queue, keysOf, settles, selects: selectionTest(only) })
    }
  }

  /** From now on changes are passed on. What was cached before counts as added now, when all kinds can be looked up. */
  start(cache: Cache): void {
    this.#cache = cache
    for (const { kind } of this.#byKind.values()) {
      for (const object of cache.list(kind)) this.changed(kind, undefined, object)
    }
  }

  /** Adds the keys of both the old and the new object: a change of owner or binding concerns both sides. */
  changed(kind: Kind, old: Resource | undefined, now: Resource | undefined): void {
    const cache = this.#cache
    if (cache === undefined) return
    for (const target of this.#byKind.get(groupResource(kind))?.targets ?? []) {
      for (const object of [old, now]) {
        if (object !== undefined && target.selects(object)) this.#add(target, object, cache)
      }
    }
  }

  #add({ controller, queue, keysOf, settles }: Target, object: Resource, cache: Cache): void {
    try {
      for (const key of keysOf(object, cache)) {
        if (settles) queue.settle(key)
        else queue.add(key)
      }
    } catch (error) {
      this.#log.error({ err: error, controller, kind: object.kind, name: object.metadata.name }, 'keysOf failed')
    }
  }
}
