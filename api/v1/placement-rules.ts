/** What ECS says about placement constraints and strategies (ecs-core 5.1, 6.4, 6.5). */
import type { FieldProblem } from '../../lib/errors.ts'
import { under } from '../meta/field-path.ts'
import { forbidden, invalid, required } from '../meta/problems.ts'
import { parseClusterQuery } from './cluster-query-syntax.ts'
import type { PlacementConstraint, PlacementStrategy } from './placement.ts'

interface Constraint {
  readonly type: PlacementConstraint['type']
  readonly expression?: string | undefined
}

/** Problems of placement constraints: memberOf needs an expression that can be read, distinctInstance has none. */
export function memberOfProblems(constraints: readonly Constraint[], path: string): FieldProblem[] {
  return constraints.flatMap(({ type, expression = '' }, i) => {
    const at = under(under(path, i), 'expression')
    if (type === 'distinctInstance') {
      return expression === '' ? [] : [forbidden(at, 'distinctInstance has no expression')]
    }
    if (expression === '') return [required(at, 'memberOf needs a cluster query language expression')]
    const parsed = parseClusterQuery(expression)
    return parsed.ok
      ? []
      : [invalid(at, expression, `cannot be read at character ${parsed.at + 1}: ${parsed.expected}`)]
  })
}

const spreadField = /^(instanceId|host|attribute:[A-Za-z0-9_./\\-]{1,128})$/

/** Problems of placement strategies. */
export function strategyProblems(strategies: readonly PlacementStrategy[], path: string): FieldProblem[] {
  return strategies.flatMap(({ type, field = '' }, i) => {
    const at = under(under(path, i), 'field')
    if (type === 'random') return field === '' ? [] : [forbidden(at, 'random has no field')]
    if (type === 'binpack') {
      return /^(cpu|memory)$/i.test(field) ? [] : [invalid(at, field, 'binpack goes by cpu or memory')]
    }
    return spreadField.test(field) ? [] : [invalid(at, field, 'spread goes by instanceId, host or attribute:NAME')]
  })
}
