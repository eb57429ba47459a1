/** Remembers which instances offer an availability zone to tasks, for services that even out zones; forgetting it only costs passes. */
import { keyOf, keyText } from '../../api/meta/object.ts'
import { type ContainerInstance, zoneOfInstance } from '../../api/v1/container-instance.ts'
import { takesDaemon } from '../../api/v1/daemon-instances.ts'

export class ZoneOffers {
  readonly #seen = new Map<string, string>()

  /** Whether an instance that names its zone begins or ceases to take tasks, or takes others than before. */
  hasChanged(instance: ContainerInstance): boolean {
    const { metadata, spec, status } = instance
    const key = keyText(keyOf(instance))
    const isOver = zoneOfInstance(instance) === undefined || metadata.deletionTimestamp !== undefined
    if (isOver) return this.#seen.delete(key)
    // by the measure of zonesOf: else nobody would look again when it is met
    const offer = JSON.stringify([takesDaemon(instance), status?.attributes, spec.attributes])
    if (this.#seen.get(key) === offer) return false
    this.#seen.set(key, offer)
    return true
  }
}
