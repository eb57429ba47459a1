/** ARNs of ECS resources, in the long format (ecs-core 1.6). */
import type { Brand } from '../../lib/brand.ts'

export type Arn = Brand<string, 'ARN'>

/** Where a Gantry says it is: there is no region and no account. */
export const region = 'local'
export const account = '000000000000'
const prefix = `arn:aws:ecs:${region}:${account}`

/** A UID as ECS writes ids: 32 hex digits without dashes. */
export const ecsId = (uid: string): string => uid.replace(/-/g, '')

export const clusterArn = (cluster: string): Arn => `${prefix}:cluster/${cluster}` as Arn
export const serviceArn = (cluster: string, service: string): Arn => `${prefix}:service/${cluster}/${service}` as Arn
/** `uid` is that of the Task object. */
export const taskArn = (cluster: string, uid: string): Arn => `${prefix}:task/${cluster}/${ecsId(uid)}` as Arn
/** `uid` is that of the ContainerInstance object. */
export const containerInstanceArn = (cluster: string, uid: string): Arn =>
  `${prefix}:container-instance/${cluster}/${ecsId(uid)}` as Arn
export const containerArn = (cluster: string, taskUid: string, containerId: string): Arn =>
  `${prefix}:container/${cluster}/${ecsId(taskUid)}/${containerId}` as Arn
export const taskDefinitionArn = (family: string, revision: number): Arn =>
  `${prefix}:task-definition/${family}:${revision}` as Arn
export const serviceRevisionArn = (cluster: string, service: string, id: string): Arn =>
  `${prefix}:service-revision/${cluster}/${service}/${id}` as Arn
export const serviceDeploymentArn = (cluster: string, service: string, id: string): Arn =>
  `${prefix}:service-deployment/${cluster}/${service}/${id}` as Arn

/** An ARN taken apart: what kind of resource, and the path that names it. */
export interface ParsedArn {
  /** `cluster`, `service`, `task`, `container-instance`, `task-definition` and so on. */
  readonly resource: string
  /** What follows the resource: `[cluster, id]` in the long format. */
  readonly names: readonly string[]
  readonly region: string
  readonly account: string
}

/** Takes the ARN of an ECS resource apart; undefined when it is none. */
export function parseArn(text: string): ParsedArn | undefined {
  const match = /^arn:[\w-]+:ecs:([\w-]*):([\w-]*):([a-z-]+)\/(.+)$/.exec(text)
  if (match === null) return undefined
  const [, where = '', whose = '', resource = '', rest = ''] = match
  return { resource, names: rest.split('/'), region: where, account: whose }
}

/** The cluster's name in a name or ARN of a cluster. */
export function clusterOf(nameOrArn: string): string {
  const parsed = parseArn(nameOrArn)
  return parsed?.resource === 'cluster' ? (parsed.names[0] ?? '') : nameOrArn
}
