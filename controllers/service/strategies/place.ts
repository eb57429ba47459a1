/** Where a task is: what its instance says of itself. */
import type { ContainerInstance } from '../../../api/v1/container-instance.ts'

export interface Place {
  readonly attributes: ReadonlyMap<string, string>
  /** CPU units and MiB that no task has reserved, as last reported. */
  readonly free: { readonly cpu: number; readonly memory: number }
}

const places = new WeakMap<ContainerInstance, Place>()

/** Made once for each state of an instance: all its tasks ask. */
export function placeOf(instance: ContainerInstance): Place {
  const known = places.get(instance)
  if (known !== undefined) return known
  const { spec, status } = instance
  const attributes = [...(status?.attributes ?? []), ...(spec.attributes ?? [])]
  const { cpu = 0, memory = 0 } = status?.remainingResources ?? {}
  const place = { attributes: new Map(attributes.map(({ name, value = '' }) => [name, value])), free: { cpu, memory } }
  places.set(instance, place)
  return place
}
