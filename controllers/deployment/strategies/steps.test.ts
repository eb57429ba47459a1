import { describe, expect, it } from 'vitest'
import type { DeploymentConfiguration } from '../../../api/v1/deployment-configuration.ts'
import { minutes } from '../../../lib/time.ts'
import { percentOf, stepBake, tasksOf } from './steps.ts'

const canary = (canaryPercent?: number, canaryBakeTimeInMinutes?: number): DeploymentConfiguration => ({
  strategy: 'CANARY',
  canaryConfiguration: { canaryPercent, canaryBakeTimeInMinutes },
})
const linear = (stepPercent?: number, stepBakeTimeInMinutes?: number): DeploymentConfiguration => ({
  strategy: 'LINEAR',
  linearConfiguration: { stepPercent, stepBakeTimeInMinutes },
})

describe('steps (ecs-core 5.15)', () => {
  it.each<{ rule: string; of: DeploymentConfiguration | undefined; percents: readonly number[] }>([
    { rule: 'ROLLING: all at once', of: undefined, percents: [100] },
    { rule: 'BLUE_GREEN: all at once', of: { strategy: 'BLUE_GREEN' }, percents: [100] },
    { rule: 'CANARY: the canary, then the rest', of: canary(25), percents: [25, 100] },
    { rule: 'CANARY: canaryPercent default 5.0', of: { strategy: 'CANARY' }, percents: [5, 100] },
    { rule: 'CANARY: canaryPercent 0.1-100.0', of: canary(100), percents: [100] },
    { rule: 'LINEAR: equal steps', of: linear(25), percents: [25, 50, 75, 100] },
    { rule: 'LINEAR: the last one takes the rest', of: linear(40), percents: [40, 80, 100] },
    { rule: 'LINEAR: multiples of 0.1', of: linear(33.3), percents: [33.3, 66.6, 99.9, 100] },
    {
      rule: 'LINEAR: stepPercent default 10.0',
      of: { strategy: 'LINEAR' },
      percents: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
    },
  ])('$rule: $percents', ({ of, percents }) => {
    expect(percents.map((_, i) => percentOf(of, i + 1))).toEqual(percents)
    expect(percentOf(of, percents.length + 1)).toBe(100)
  })

  it.each([
    { rule: 'canaryBakeTimeInMinutes default 10', of: canary(), want: 10 },
    { rule: 'canaryBakeTimeInMinutes 0', of: canary(5, 0), want: 0 },
    { rule: 'stepBakeTimeInMinutes default 6', of: linear(), want: 6 },
    { rule: 'stepBakeTimeInMinutes 1440', of: linear(10, 1440), want: 1440 },
  ])('$rule', ({ of, want }) => expect(stepBake(of)).toBe(minutes(want)))

  it.each([
    { percent: 5, desired: 4, tasks: 1 },
    { percent: 25, desired: 4, tasks: 1 },
    { percent: 26, desired: 4, tasks: 2 },
    { percent: 0.1, desired: 1000, tasks: 1 },
    { percent: 0.1, desired: 1001, tasks: 2 },
    { percent: 14.1, desired: 1000, tasks: 141 },
    { percent: 5, desired: 1, tasks: 1 },
    { percent: 99.9, desired: 10, tasks: 10 },
    { percent: 100, desired: 7, tasks: 7 },
    { percent: 50, desired: 0, tasks: 0 },
  ])('$percent % of $desired tasks are $tasks', ({ percent, desired, tasks }) => {
    expect(tasksOf(percent, desired)).toBe(tasks)
  })
})
