/** The least that remains of the field, cpu or memory, and still fits (ecs-core 6.5). */
import { lowest, type Strategy } from './strategy.ts'

export const binpack: Strategy = (fitting, { field }) =>
  lowest(fitting, field.toLowerCase() === 'cpu' ? (instance) => instance.freeCpu : (instance) => instance.freeMemory)
