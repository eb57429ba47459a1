/** What `gantry run` overrides, from its flags: one container by simple flags, anything by JSON in ECS's words. */
import type { TaskDefinitionSpec } from '../../api/v1/task-definition.ts'
import type { TaskOverride } from '../../api/v1/task-overrides.ts'
import { Fault, messageOf } from '../../lib/errors.ts'

export interface OverrideFlags {
  /** JSON. */
  readonly overrides?: string
  readonly env?: readonly string[]
  readonly image?: string
  readonly command?: readonly string[]
  readonly container?: string
  readonly cpu?: string
  readonly memory?: string
}

type ContainerOverride = NonNullable<TaskOverride['containerOverrides']>[number]

/** Whether flags say something of one container. */
export const isAboutContainer = ({ env, image, command }: OverrideFlags): boolean =>
  env !== undefined || image !== undefined || command !== undefined

/** The container that flags without a name are about. Faults: BadRequest when there is a choice. */
export function mainContainer({ containerDefinitions }: Pick<TaskDefinitionSpec, 'containerDefinitions'>): string {
  const essential = containerDefinitions.filter((container) => container.essential)
  const [only, ...others] = essential.length === 0 ? containerDefinitions : essential
  if (only !== undefined && others.length === 0) return only.name
  const names = containerDefinitions.map(({ name }) => name).join(', ')
  throw new Fault('BadRequest', `which container? Say --container NAME: allowed: ${names}`)
}

/** A command as a person types it: a JSON list, or words between blanks. */
export function commandWords(text: string): readonly string[] {
  if (!text.trim().startsWith('[')) return text.split(/\s+/).filter((word) => word !== '')
  const words = parsed(text, '--command')
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words
  throw new Fault('BadRequest', `--command ${text}: allowed: words, or a JSON list of texts`)
}

function parsed(text: string, flag: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Fault('BadRequest', `${flag}: ${messageOf(error)}`, { cause: error })
  }
}

function pairOf(text: string): { name: string; value: string } {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new Fault('BadRequest', `--env ${JSON.stringify(text)}: allowed: NAME=VALUE`)
  return { name, value }
}

/** `container`: the one that simple flags are about. Undefined when nothing is overridden. Faults: BadRequest. */
export function overridesOf(flags: OverrideFlags, container: string | undefined): TaskOverride | undefined {
  const given = flags.overrides === undefined ? {} : parsed(flags.overrides, '--overrides')
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new Fault('BadRequest', '--overrides: allowed: a JSON object as {"containerOverrides":[{"name":"app",...}]}')
  const { containerOverrides: others = [], ...task } = given as TaskOverride
  const own = container === undefined ? undefined : others.find(({ name }) => name === container)
  const containers =
    container === undefined
      ? others
      : [...others.filter((one) => one !== own), withFlags({ ...own, name: container }, flags)]
  const all = {
    ...task,
    ...(flags.cpu === undefined ? {} : { cpu: flags.cpu }),
    ...(flags.memory === undefined ? {} : { memory: flags.memory }),
    ...(containers.length === 0 ? {} : { containerOverrides: [...containers] }),
  }
  return Object.keys(all).length === 0 ? undefined : all
}

function withFlags(override: ContainerOverride, { env, image, command }: OverrideFlags): ContainerOverride {
  const environment = [...(override.environment ?? []), ...(env ?? []).map(pairOf)]
  return {
    ...override,
    ...(environment.length === 0 ? {} : { environment }),
    ...(image === undefined ? {} : { image }),
    ...(command === undefined ? {} : { command: [...command] }),
  }
}
