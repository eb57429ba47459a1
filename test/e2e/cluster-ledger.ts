/** What the Docker engine did for some container instances, from its own events: nothing that happened can be missed. */
import { createInterface } from 'node:readline'
import { docker } from '../local-image.ts'

export type EngineAct = 'create' | 'start' | 'die' | 'destroy'

export interface Entry {
  readonly act: EngineAct
  readonly container: string
  /** Name of the task. */
  readonly task: string
  /** The task's uid and the container's name in its definition: one container is all that a pair may ever have. */
  readonly role: string
  readonly instance: string
  /** Of `die`. */
  readonly exitCode: string | undefined
}

export class EngineLedger {
  readonly #signal: AbortSignal
  readonly #entries: Entry[] = []
  readonly #waiting = new Set<() => void>()

  /** Follows until `signal` aborts. */
  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /** Returns once the engine writes down for this instance. */
  async follow(instance: string): Promise<void> {
    const label = [`gantry.dev/container-instance=${instance}`]
    const stream = await docker.getEvents({
      filters: { type: ['container'], event: ['create', 'start', 'die', 'destroy'], label },
      abortSignal: this.#signal,
    })
    const lines = createInterface({ input: stream }).on('line', (line) => this.#note(line, instance))
    for (const emitter of [stream, lines])
      emitter.on('error', (error) => {
        if (!this.#signal.aborted) throw error
      })
  }

  /** Of one kind, oldest first. */
  of(act: EngineAct): readonly Entry[] {
    return this.#entries.filter((entry) => entry.act === act)
  }

  /** Resolves in the very turn in which there are `count` entries of this kind. */
  async reaches(act: EngineAct, count: number): Promise<void> {
    const limit = AbortSignal.timeout(30_000)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = (): void => {
      if (this.of(act).length >= count) resolve()
    }
    const give = (): void => reject(new Error(`waited 30 s for ${count} times ${act}; seen: ${this.of(act).length}`))
    limit.addEventListener('abort', give, { once: true })
    this.#waiting.add(look)
    look()
    await promise.finally(() => {
      this.#waiting.delete(look)
      limit.removeEventListener('abort', give)
    })
  }

  /** Containers that were made or started a second time for the same task. */
  repetitions(): readonly string[] {
    return (['create', 'start'] as const).flatMap((act) => {
      const seen = Map.groupBy(this.of(act), ({ role }) => role)
      return [...seen]
        .filter(([, all]) => all.length > 1)
        .map(([, all]) => `${act} ${all.length} times: ${all[0]?.task}`)
    })
  }

  #note(line: string, instance: string): void {
    const { Action, Actor } = JSON.parse(line) as {
      readonly Action: EngineAct
      readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> }
    }
    const labels = Actor.Attributes
    const role = `${labels['gantry.dev/task-uid']}/${labels['gantry.dev/container']}`
    const { 'gantry.dev/task': task = '', exitCode } = labels
    this.#entries.push({ act: Action, container: Actor.ID, task, role, instance, exitCode })
    for (const look of this.#waiting) look()
  }
}

/** Running containers as the engine started them: a restart would change it. */
export async function startsOf(ids: readonly string[]): Promise<readonly string[]> {
  const states = await Promise.all(
    ids.map(async (id) => {
      const { State, RestartCount } = await docker.getContainer(id).inspect()
      return `${id} started ${State.StartedAt} as ${State.Pid}, restarts ${RestartCount}`
    }),
  )
  return states.sort()
}
