/** Percentages with one decimal, of how traffic moves in a deployment (ecs-core 5.5). */
import { z } from 'zod'
import type { FieldProblem } from '../../lib/errors.ts'
import { celInvalid } from '../meta/cel.ts'
import { invalid } from '../meta/problems.ts'

/** The least of a step, and of a canary. */
export const leastPercent = { step: 3, canary: 0.1 } as const

const wanted = (least: number): string => `must be ${least} to 100 with one decimal at most`
/** Tenths that floating point cannot hold are taken for whole ones. */
const tolerance = '0.000001'
const tenths = 'double(int(self * 10.0 + 0.5))'

/** A percentage whose finer bounds are rules: where a value is whole a kube-apiserver takes a bound or a factor of 0.1 for 0. */
export const percent = (least: number) =>
  z
    .number()
    .min(Math.floor(least))
    .max(100)
    .meta({
      validations: [
        celInvalid(
          '',
          `self >= ${least.toFixed(1)} && ${tenths} - self * 10.0 < ${tolerance} && self * 10.0 - ${tenths} < ${tolerance}`,
          wanted(least),
        ),
      ],
    })

interface Percentages {
  readonly linearConfiguration?: { readonly stepPercent?: number | undefined } | undefined
  readonly canaryConfiguration?: { readonly canaryPercent?: number | undefined } | undefined
}

const problems = (path: string, value: number | undefined, least: number): readonly FieldProblem[] =>
  value === undefined || (value >= least && Math.abs(value * 10 - Math.round(value * 10)) < Number(tolerance))
    ? []
    : [invalid(path, value, wanted(least))]

/** What is wrong with the percentages of a deployment configuration at `path`. */
export const percentProblems = (path: string, given: Percentages = {}): readonly FieldProblem[] => [
  ...problems(`${path}.linearConfiguration.stepPercent`, given.linearConfiguration?.stepPercent, leastPercent.step),
  ...problems(
    `${path}.canaryConfiguration.canaryPercent`,
    given.canaryConfiguration?.canaryPercent,
    leastPercent.canary,
  ),
]
