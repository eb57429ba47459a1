/**
 * Fewest tasks of the same group on each distinct value of the field (ecs-core 6.5). Instances without the attribute share
 * one value. Tasks on DRAINING instances are on their way out and do not count.
 */
import { lowest, type Strategy } from './strategy.ts'

const attributePrefix = 'attribute:'

export const spread: Strategy = (fitting, { ask: { group }, field, instances }) => {
  if (!field.startsWith(attributePrefix)) return lowest(fitting, (instance) => instance.tasksOf(group))
  const name = field.slice(attributePrefix.length)
  const counts = new Map<string | undefined, number>()
  for (const instance of instances) {
    const tasks = instance.draining ? 0 : instance.tasksOf(group)
    if (tasks === 0) continue
    const value = instance.attributes.get(name)
    counts.set(value, (counts.get(value) ?? 0) + tasks)
  }
  return lowest(fitting, (instance) => counts.get(instance.attributes.get(name)) ?? 0)
}
