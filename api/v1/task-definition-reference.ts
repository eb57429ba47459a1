/** References to task definitions as users write them: `web`, `web:3`, or an ARN ending in one of both. */

export interface TaskDefinitionReference {
  /** Family, or name of its head. */
  readonly family: string
  /** Absent: the newest ACTIVE revision. */
  readonly revision: number | undefined
}

/** The name of a revision as ECS writes it: `web.3` is `web:3`. */
export const revisionText = (name: string): string => name.replace(/\.(\d+)$/, ':$1')

/** Reads a reference; the text of an ARN before `task-definition/` does not matter. */
export function parseTaskDefinitionReference(text: string): TaskDefinitionReference {
  const short = text.replace(/^arn:.*:task-definition\//, '')
  const [, family, revision] = /^(.*):(\d+)$/.exec(short) ?? []
  return family === undefined ? { family: short, revision: undefined } : { family, revision: Number(revision) }
}
