/** Where deeper in a schema a member has its place. */
import type { z } from 'zod'
import { limits } from './limits.ts'
import { itemOf, membersOf } from './schema-walk.ts'

interface Inner {
  readonly path: string
  readonly schema: z.core.$ZodType
}

/** What has members below `outer`: objects, and those that lists are of. */
function below({ path, schema }: Inner): readonly Inner[] {
  const item = itemOf(schema)
  if (item !== undefined) return below({ path: `${path}[]`, schema: item })
  return membersOf(schema) === undefined ? [] : [{ path, schema }]
}

const insideOf = ({ path, schema }: Inner): readonly Inner[] =>
  Object.entries(membersOf(schema)?.shape ?? {}).flatMap(([key, of]) =>
    // what a user writes by mistake was not meant for the status
    path === '' && key === 'status' ? [] : below({ path: path === '' ? key : `${path}.${key}`, schema: of }),
  )

/** Paths of what has a member `key` inside of the object that `schema` and `path` are of: those of the least depth. */
export function innerPlaces(schema: z.core.$ZodType, path: string, key: string): readonly string[] {
  let level = insideOf({ path, schema })
  for (let depth = 0; depth < limits.guessedDepth; depth++) {
    const found = level.filter((one) => Object.hasOwn(membersOf(one.schema)?.shape ?? {}, key))
    if (found.length > 0) return found.map((one) => one.path)
    level = level.flatMap(insideOf)
  }
  return []
}
