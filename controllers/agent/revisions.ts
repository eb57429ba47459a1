/** Task definition revisions, fetched when first needed and remembered: they are immutable. */
import type { ResourceClient } from '../../api/client/client.ts'
import { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { isFault } from '../../lib/errors.ts'
import { agentLimits } from './limits.ts'

export class Revisions {
  readonly #client: ResourceClient
  /** In order of last use. */
  readonly #known = new Map<string, Promise<TaskDefinitionRevision | 'missing'>>()

  constructor(client: ResourceClient) {
    this.#client = client
  }

  /** By object name (`web.3`). `missing` is not remembered. */
  async get(name: string, signal: AbortSignal): Promise<TaskDefinitionRevision | 'missing'> {
    const found = this.#known.get(name) ?? this.#fetch(name, signal)
    this.#known.delete(name)
    this.#known.set(name, found)
    if (this.#known.size > agentLimits.revisions) this.#known.delete(this.#known.keys().next().value ?? '')
    try {
      const revision = await found
      if (revision === 'missing') this.#known.delete(name)
      return revision
    } catch (error) {
      this.#known.delete(name)
      throw error
    }
  }

  async #fetch(name: string, signal: AbortSignal): Promise<TaskDefinitionRevision | 'missing'> {
    try {
      return await this.#client.get(TaskDefinitionRevision, { namespace: '', name }, signal)
    } catch (error) {
      if (isFault(error, 'NotFound')) return 'missing'
      throw error
    }
  }
}
