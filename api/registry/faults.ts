/** The registry's refusals, worded as Kubernetes words them. */
import { Fault } from '../../lib/errors.ts'
import { groupResource, type Kind } from '../meta/kind.ts'

const aboutOf = (kind: Kind, name: string) => ({ group: kind.group, resource: kind.plural, kind: kind.kind, name })

export const notFound = (kind: Kind, name: string): Fault =>
  new Fault('NotFound', `${groupResource(kind)} "${name}" not found`, { about: aboutOf(kind, name) })

export const alreadyExists = (kind: Kind, name: string): Fault =>
  new Fault('AlreadyExists', `${groupResource(kind)} "${name}" already exists`, { about: aboutOf(kind, name) })

/** The name is taken by an object that is on its way out. */
export const stillThere = (kind: Kind, name: string): Fault =>
  new Fault('AlreadyExists', `object is being deleted: ${alreadyExists(kind, name).message}`, {
    about: aboutOf(kind, name),
  })

export const conflict = (kind: Kind, name: string, why: string): Fault =>
  new Fault('Conflict', `Operation cannot be fulfilled on ${groupResource(kind)} "${name}": ${why}`, {
    about: aboutOf(kind, name),
  })

export const changedMeanwhile = (kind: Kind, name: string): Fault =>
  conflict(kind, name, 'the object has been modified; please apply your changes to the latest version and try again')

export const forbidden = (kind: Kind, name: string, why: string): Fault =>
  new Fault('Forbidden', `${groupResource(kind)} "${name}" is forbidden: ${why}`, { about: aboutOf(kind, name) })

export const expired = (requested: number, oldest: number): Fault =>
  new Fault('Expired', `too old resource version: ${requested} (${oldest})`)

/** A watch that does not keep up is ended; its client lists again. */
export const tooSlow = (): Fault => new Fault('Expired', 'too old resource version: the watch did not keep up')

/** A version that nobody has reached yet. Kubernetes' clients look for the cause and try again. */
export const tooLarge = (requested: number, current: number): Fault =>
  new Fault('Timeout', `Timeout: Too large resource version: ${requested}, current: ${current}`, {
    problems: [{ path: '', reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
