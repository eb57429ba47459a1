/**
 * What decides when a chain of strategies left a tie: the smallest reserved share, then the fewest tasks, then the first
 * name. (ECS is said to choose by chance; a stated rule does as well and can be repeated.)
 */
import type { InstanceBook } from '../books/instance-book.ts'
import { lowest, type Strategy } from './strategy.ts'

const share = (reserved: number, registered: number): number => (registered > 0 ? reserved / registered : 0)

const reservedShare = (instance: InstanceBook): number =>
  Math.max(share(instance.reservedCpu, instance.cpu), share(instance.reservedMemory, instance.memory))

export const leastReserved: Strategy = (fitting) =>
  lowest(lowest(fitting, reservedShare), (instance) => instance.runningTasksCount).slice(0, 1)
