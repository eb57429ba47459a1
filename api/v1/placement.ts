/** Placement constraints and strategies, in ECS's words. */
import { z } from 'zod'
import { limits } from './limits.ts'
import { distinctCel, strategyCel } from './placement-cel.ts'

export const PlacementConstraint = z
  .strictObject({
    type: z.enum(['distinctInstance', 'memberOf']).describe('Kind of constraint.'),
    expression: z.string().max(2000).optional().describe('A cluster query language expression, for memberOf.'),
  })
  .meta({ validations: distinctCel })
export type PlacementConstraint = z.output<typeof PlacementConstraint>

export const PlacementStrategy = z
  .strictObject({
    type: z.enum(['random', 'spread', 'binpack']).describe('Kind of strategy.'),
    field: z
      .string()
      .max(limits.placementField)
      .optional()
      .describe('instanceId, host, attribute:NAME (spread); cpu or memory (binpack).'),
  })
  .meta({ validations: strategyCel })
export type PlacementStrategy = z.output<typeof PlacementStrategy>
