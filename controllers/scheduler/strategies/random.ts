/** Any that fits, each as likely (ecs-core 6.5). */
import { randomBelow } from '../../../lib/random.ts'
import type { Strategy } from './strategy.ts'

export const random: Strategy = (fitting, choice) => {
  const chosen = fitting[randomBelow(choice.random, fitting.length)]
  return chosen === undefined ? fitting : [chosen]
}
