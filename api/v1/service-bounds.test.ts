import { describe, expect, it } from 'vitest'
import { shareOut, taskBounds } from './service-bounds.ts'

/** `100/200`; `-` for the default. */
const percents = (text: string) => {
  const [min, max] = text.split('/').map((one) => (one === '-' ? undefined : Number(one)))
  return { minimumHealthyPercent: min, maximumPercent: max }
}

describe('ecs-core 5.5: minimum rounds up, maximum rounds down, both of the desired count', () => {
  it.each<readonly [strategy: 'REPLICA' | 'DAEMON', desired: number, percents: string, lower: number, upper: number]>([
    ['REPLICA', 4, '50/100', 2, 4],
    ['REPLICA', 4, '100/200', 4, 8],
    ['REPLICA', 2, '75/100', 2, 2],
    ['REPLICA', 3, '100/125', 3, 3],
    ['REPLICA', 1, '50/100', 1, 1],
    ['REPLICA', 10, '50/150', 5, 15],
    ['REPLICA', 1, '0/100', 0, 1],
    ['REPLICA', 0, '100/200', 0, 0],
    ['REPLICA', 0, '50/150', 0, 0],
    ['REPLICA', 6, '100/200', 6, 12],
    ['REPLICA', 6, '50/200', 3, 12],
    ['REPLICA', 3, '50/150', 2, 4],
    ['REPLICA', 5, '50/150', 3, 7],
    ['REPLICA', 7, '33/133', 3, 9],
    ['REPLICA', 3, '34/134', 2, 4],
    ['REPLICA', 3, '33/133', 1, 3],
    ['REPLICA', 1, '1/199', 1, 1],
    ['REPLICA', 1, '100/200', 1, 2],
    ['REPLICA', 100, '99/101', 99, 101],
    ['REPLICA', 99, '99/101', 99, 99],
    ['REPLICA', 7, '100/114', 7, 7],
    ['REPLICA', 7, '100/115', 7, 8],
    ['REPLICA', 29, '10/110', 3, 31],
    ['REPLICA', 1000, '29/171', 290, 1710],
    ['REPLICA', 5, '-/-', 5, 10],
    ['REPLICA', 5, '-/150', 5, 7],
    ['REPLICA', 5, '50/-', 3, 10],
    ['REPLICA', 1, '-/-', 1, 2],
    ['DAEMON', 5, '-/-', 0, 5],
    ['DAEMON', 5, '50/-', 3, 5],
    ['DAEMON', 5, '50/100', 3, 5],
    ['DAEMON', 1, '50/100', 1, 1],
    ['DAEMON', 3, '34/100', 2, 3],
    ['DAEMON', 0, '-/-', 0, 0],
  ])('%s %i tasks at %s percent: %i to %i', (schedulingStrategy, desired, text, lower, upper) => {
    const deploymentConfiguration = percents(text)
    expect(taskBounds({ schedulingStrategy, deploymentConfiguration }, desired)).toEqual({ lower, upper })
  })
})

describe('what nobody claims goes to the newest revision first, as far as each could take it', () => {
  it.each<readonly [what: string, total: number, most: readonly number[], shares: readonly number[]]>([
    ['no revision', 3, [], []],
    ['one that could take less', 3, [2], [2]],
    ['one that could take more', 3, [5], [3]],
    ['the newest is the last', 3, [5, 5], [0, 3]],
    ['what it leaves goes to the next', 3, [5, 2], [1, 2]],
    ['... and on, until nothing is left', 4, [5, 2, 1], [1, 2, 1]],
    ['all get what they could take', 9, [1, 2, 3], [1, 2, 3]],
    ['one that has too few takes none, and leaves them all', 3, [5, -2], [3, 0]],
    ['nothing is left over', 0, [2, 2], [0, 0]],
    ['more is claimed than there is', -2, [2, 2], [0, 0]],
  ])('%s', (_, total, most, shares) => {
    expect(shareOut(total, most)).toEqual(shares)
  })
})
