/** The Secrets and ConfigMaps of its namespace that a task needs. Pure. */
import type { TaskDefinitionRevision } from './task-definition.ts'

/**
 * The object that `valueFrom` names: a name (`db`, `db:password`), a Secrets Manager ARN (`...:secret:db:password::`) or
 * an SSM parameter (`...:parameter/db`, `/db`).
 */
function nameIn(valueFrom: string): string {
  const [, secret, parameter] = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:secret:([^:]+)|parameter\/(.+))/.exec(valueFrom) ?? []
  return secret ?? parameter ?? valueFrom.replace(/^\//, '').replace(/:.*$/s, '')
}

/** Names of Secrets or ConfigMaps; which of the two, the name does not say. */
export function referencesOf(revision: TaskDefinitionRevision): ReadonlySet<string> {
  const containers = revision.spec.taskDefinition.containerDefinitions
  const named = containers.flatMap(({ secrets, logConfiguration, repositoryCredentials }) => [
    ...(secrets ?? []).map(({ valueFrom }) => valueFrom),
    ...(logConfiguration?.secretOptions ?? []).map(({ valueFrom }) => valueFrom),
    ...(repositoryCredentials === undefined ? [] : [repositoryCredentials.credentialsParameter]),
  ])
  return new Set(named.map(nameIn))
}
