/** Names of what a service makes. They are deterministic, so that a second try meets AlreadyExists instead of a twin. */
import { digest } from '../../lib/canonical.ts'

export const serviceRevisionName = (service: string, n: number): string => `${service}-${n}`
export const serviceDeploymentName = (service: string, n: number): string => `${service}-d${n}`

/** The service that a ServiceRevision's name belongs to. */
export const serviceOfRevision = (revisionName: string): string => revisionName.replace(/-\d+$/, '')

/** The service that a ServiceDeployment's name belongs to. */
export const serviceOfDeployment = (deploymentName: string): string => deploymentName.replace(/-d\d+$/, '')

/** The id that ECS calls `Deployment.id`, and a task's startedBy: `ecs-svc/<deployment>`. */
export const deploymentId = (deploymentName: string): string => `ecs-svc/${shortened(deploymentName, 119)}`

/** What the group of a service's tasks begins with; its name follows (ecs-core 4.7). */
export const serviceGroup = 'service:'

/** The slot of a REPLICA task is a number, of a DAEMON task its instance. */
export const taskName = (revisionName: string, slot: string, attempt: number): string =>
  `${revisionName}-${slot}-${attempt}`

/** Slot and attempt of a task that a controller named; undefined when the name is not of this revision. */
export function slotAndAttempt(
  revisionName: string,
  name: string,
): { readonly slot: string; readonly attempt: number } | undefined {
  if (!name.startsWith(`${revisionName}-`)) return undefined
  const [, slot, attempt] = /^(.+)-(\d+)$/.exec(name.slice(revisionName.length + 1)) ?? []
  return slot === undefined ? undefined : { slot, attempt: Number(attempt) }
}

/** `text`, or when it is over `most` characters its beginning and a digest. */
export const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 17).replace(/[^A-Za-z0-9]+$/, '')}-${digest(text)}`

/** `text` as a label's value: itself when it is one, else what can stay of it and a digest. */
export const labelValue = (text: string): string =>
  /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(text)
    ? text
    : `${text
        .replace(/^[^A-Za-z0-9]+/, '')
        .slice(0, 46)
        .replace(/[^A-Za-z0-9]+$/, '')}-${digest(text)}`.replace(/^-/, '')
