/** What may be said in tags beyond the shape of their texts (ecs-core 1.7). */
import type { FieldProblem } from '../../lib/errors.ts'
import { under } from '../meta/field-path.ts'
import { invalid } from '../meta/problems.ts'
import { managedTagKeys, mostTags, type Tag } from './names.ts'

const managedKeys: readonly string[] = Object.values(managedTagKeys)

/** Reserved keys in the tags at `path`; `allowed` are those that there may be. */
export const tagProblems = (
  tags: readonly Tag[] | undefined,
  path: string,
  allowed: readonly string[] = [],
): readonly FieldProblem[] =>
  (tags ?? []).flatMap(({ key }, i) =>
    /^aws:/i.test(key) && !allowed.includes(key)
      ? [invalid(under(under(path, i), 'key'), key, 'the prefix aws: is reserved')]
      : [],
  )

/** The same of a task, which may have ECS's own beside those that are counted. */
export function taskTagProblems(tags: readonly Tag[] | undefined, path: string): readonly FieldProblem[] {
  const own = (tags ?? []).filter(({ key }) => !managedKeys.includes(key)).length
  const text = `must have at most ${mostTags} tags besides those that ECS gives`
  return [...tagProblems(tags, path, managedKeys), ...(own > mostTags ? [invalid(path, own, text)] : [])]
}
