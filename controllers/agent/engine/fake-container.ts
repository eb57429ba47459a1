/** One container of the fake engine: its process, health and output, on the engine's clock. */
import type { Cancel, Clock } from '../../../lib/clock.ts'
import type { Instant, Millis } from '../../../lib/time.ts'
import { millis } from '../../../lib/time.ts'
import type { ContainerSpec, ContainerState, EngineEvent, EngineHealth, LogChunk, PublishedPort } from './engine.ts'
import { type FakeScript, fakeScript } from './fake-script.ts'

export interface LogLine extends LogChunk {
  readonly at: Instant
}

/** What a container tells its engine. */
export interface FakeHost {
  readonly clock: Clock
  emit(event: EngineEvent): void
}

const signalExit = { SIGKILL: 137, SIGTERM: 143 } as const

export class FakeContainer {
  readonly id: string
  readonly spec: ContainerSpec
  readonly script: FakeScript
  readonly logs: LogLine[] = []
  /** Called when the process ends. */
  readonly onExit = new Set<() => void>()
  status: ContainerState['status'] = 'created'
  ports: readonly PublishedPort[] = []
  #starts = 0
  #startedAt: Instant | undefined
  #finishedAt: Instant | undefined
  #exitCode: number | undefined
  #outOfMemory = false
  #health: EngineHealth = 'none'
  readonly #timers = new Set<Cancel>()
  readonly #host: FakeHost

  constructor(id: string, spec: ContainerSpec, host: FakeHost) {
    this.id = id
    this.spec = spec
    this.script = fakeScript(spec.environment)
    this.#host = host
  }

  get state(): ContainerState {
    return {
      id: this.id,
      name: this.spec.name,
      image: this.spec.image,
      labels: this.spec.labels,
      status: this.status,
      startedAt: this.#startedAt,
      finishedAt: this.status === 'exited' ? this.#finishedAt : undefined,
      exitCode: this.status === 'exited' ? this.#exitCode : undefined,
      outOfMemory: this.#outOfMemory,
      health: this.status === 'running' ? this.#health : 'none',
      ports: this.status === 'running' ? this.ports : [],
    }
  }

  /** The process begins; `ports` are those the engine gave it. */
  run(ports: readonly PublishedPort[]): void {
    const { clock } = this.#host
    this.status = 'running'
    this.ports = ports
    this.#outOfMemory = false
    this.#starts += 1
    this.#startedAt = clock.now()
    this.#host.emit({ type: 'started', id: this.id, at: clock.now() })
    if (this.script.log !== undefined) this.#print(this.script.log)
    this.#followScript()
  }

  /** As the kernel would deliver it. */
  signal(name: keyof typeof signalExit): void {
    if (this.status !== 'running') return
    if (name === 'SIGKILL') this.exit(signalExit.SIGKILL)
    else if (this.script.stopTakes !== 'never') this.#later(this.script.stopTakes, () => this.exit(signalExit.SIGTERM))
  }

  exit(code: number, outOfMemory = false): void {
    if (this.status !== 'running') return
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
    this.status = 'exited'
    this.#exitCode = code
    this.#outOfMemory = outOfMemory
    this.#finishedAt = this.#host.clock.now()
    if (outOfMemory) this.#host.emit({ type: 'outOfMemory', id: this.id })
    this.#host.emit({ type: 'died', id: this.id, at: this.#finishedAt, exitCode: code })
    for (const tell of this.onExit) tell()
  }

  #followScript(): void {
    const { exit, outOfMemory, healthy } = this.script
    const check = this.spec.healthCheck
    if (exit !== undefined && this.#starts <= exit.times) this.#later(exit.after, () => this.exit(exit.code))
    if (outOfMemory !== undefined) this.#later(outOfMemory, () => this.exit(signalExit.SIGKILL, true))
    if (check === undefined) return
    this.#health = 'starting'
    const verdict = healthy === 'never' ? 'unhealthy' : 'healthy'
    const failing = millis(check.startPeriod + check.retries * check.interval)
    this.#later(healthy === 'never' ? failing : millis(check.interval + healthy), () => {
      this.#health = verdict
      this.#host.emit({ type: 'health', id: this.id, health: verdict })
    })
  }

  #print(line: string): void {
    this.logs.push({ at: this.#host.clock.now(), stream: 'stdout', data: new TextEncoder().encode(`${line}\n`) })
  }

  #later(delay: Millis, then: () => void): void {
    const cancel = this.#host.clock.after(delay, () => {
      this.#timers.delete(cancel)
      then()
    })
    this.#timers.add(cancel)
  }
}
