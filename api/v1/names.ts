/** Texts that ECS restricts: names, tags, roles; and how a template's unreplaced placeholder is recognized. */
import { z } from 'zod'

const placeholders = /<[^<>]+>|\$\{[^{}]+\}|\{\{.+?\}\}|\$\$+[^$]+\$\$+/

/** The first unreplaced placeholder of a template in `text`: `<X>`, `${X}`, `{{X}}`, `$$X$$`. */
export const placeholderIn = (text: string): string | undefined => placeholders.exec(text)?.[0]

/** `rule`, after naming the placeholder when one is the reason that `text` breaks it. */
export function ruleOr(rule: string, text: unknown): string {
  const placeholder = typeof text === 'string' ? placeholderIn(text) : undefined
  return placeholder === undefined ? rule : `the placeholder ${placeholder} was not replaced; ${rule}`
}

/** A zod error that says `rule`, and names an unreplaced placeholder. */
export const saying = (rule: string): { readonly error: (issue: { readonly input?: unknown }) => string } => ({
  error: ({ input }) => ruleOr(rule, input),
})

/** Names of clusters, services, families, containers and volumes (ecs-core 1.7). */
export const ecsNamePattern = /^[A-Za-z0-9_-]{1,255}$/
export const EcsName = z
  .string()
  .regex(ecsNamePattern, saying('must be 1 to 255 letters, digits, hyphens and underscores'))
  .meta({ maxLength: 255 })

/** Name of an IAM role as ECS takes it; empty is not a role. */
export const Role = z
  .string()
  .min(1, saying('must be the name or ARN of a role; leave the field out for none'))
  .refine((text) => placeholderIn(text) === undefined, saying('must be the name or ARN of a role'))

/** Who started a task (ecs-core 2.3). */
export const StartedBy = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9_./-]*$/, saying('may hold letters, digits and - / _ .'))

export const KeyValuePair = z.strictObject({
  name: z.string().describe('Name.'),
  value: z.string().default('').describe('Value.'),
})

export const Tag = z.strictObject({
  key: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u, saying('may hold letters, digits, spaces and _ . : / = + - @'))
    .describe('Key, 1 to 128 characters; `aws:` is reserved.'),
  value: z
    .string()
    .max(256)
    .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u, saying('may hold letters, digits, spaces and _ . : / = + - @'))
    .optional()
    .describe('Value, up to 256 characters.'),
})
export type Tag = z.output<typeof Tag>

/** ECS's bound of the tags of a resource (ecs-core 1.7). */
export const mostTags = 50

/** Tags of a resource. */
export const Tags = z
  .array(Tag)
  .max(mostTags)
  .meta({ listType: 'map', listMapKeys: ['key'] })

/** The tags that ECS itself gives a task; they do not count (ecs-core 1.7). */
export const managedTagKeys = { cluster: 'aws:ecs:clusterName', service: 'aws:ecs:serviceName' } as const

/** Tags of a task: its own, and ECS's. */
export const TaskTags = z
  .array(Tag)
  .max(mostTags + Object.keys(managedTagKeys).length)
  .meta({ listType: 'map', listMapKeys: ['key'] })

/** A list of texts. */
export const texts = (what: string) => z.array(z.string()).describe(what)
