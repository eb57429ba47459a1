/** What every container engine must do. One call per implementation: `engineConformance('fake', ...)`. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ContainerSpec, ContainerState, Engine, EngineEvent } from '../../controllers/agent/engine/engine.ts'
import { EngineFault } from '../../controllers/agent/engine/errors.ts'
import { fakeVariable } from '../../controllers/agent/engine/fake-script.ts'
import { seconds } from '../../lib/time.ts'

export interface EngineUnderTest {
  readonly engine: Engine
  /** An image that is there and has a shell. */
  readonly image: string
  close(): Promise<void>
}

/** What a container does: for a real engine as a command, for a fake one as its script. */
export interface Behaviour {
  readonly shell: string
  readonly fake: string
}

export const behaviours = {
  sleeps: { shell: 'trap "exit 143" TERM; while :; do sleep 60 & wait $!; done', fake: '' },
  ignoresTerm: { shell: 'trap "" TERM; while :; do sleep 1; done', fake: 'stop:never' },
  exits3: { shell: 'exit 3', fake: 'exit:3' },
  exits0Soon: { shell: 'sleep 1', fake: 'exit:0 after:1s' },
  prints: { shell: 'echo hello; sleep 1', fake: 'log:hello exit:0 after:1s' },
  turnsHealthy: { shell: 'sleep 60', fake: 'health:0s' },
  turnsUnhealthy: { shell: 'sleep 60', fake: 'health:never' },
} satisfies Record<string, Behaviour>

const label = 'dev.gantry.conformance'
const signal = new AbortController().signal
let run = 0

export function engineConformance(name: string, open: () => Promise<EngineUnderTest>): void {
  describe(`${name} engine`, () => {
    let under: EngineUnderTest
    let engine: Engine
    let mark: string

    beforeAll(async () => {
      under = await open()
      engine = under.engine
    })
    afterEach(async () => {
      for (const { id } of await engine.list({ [label]: mark }, signal)) await engine.remove(id, signal)
    })
    afterAll(() => under.close())

    const aSpec = (behaviour: Behaviour, over: Partial<ContainerSpec> = {}): ContainerSpec => {
      run += 1
      return {
        name: `gantry-conformance-${process.pid}-${run}`,
        image: under.image,
        labels: { [label]: mark, 'dev.gantry.number': String(run) },
        environment: [`${fakeVariable}=${behaviour.fake}`],
        command: ['/bin/sh', '-c', behaviour.shell],
        networkMode: 'bridge',
        ports: [],
        stopTimeout: seconds(2),
        ...over,
      }
    }
    const newMark = (): string => {
      mark = `${process.pid}-${name}-${Math.random()}`
      return mark
    }
    const started = async (behaviour: Behaviour, over: Partial<ContainerSpec> = {}): Promise<string> => {
      const { id } = await engine.create(aSpec(behaviour, over), signal)
      await engine.start(id, signal)
      return id
    }
    const state = async (id: string): Promise<ContainerState> => {
      const found = await engine.inspect(id, signal)
      if (found === undefined) throw new Error(`no container ${id}`)
      return found
    }
    /** Collects events from the first resync on; `until` resolves when one matches. */
    const listen = async () => {
      const ending = new AbortController()
      const seen: EngineEvent[] = []
      const waiters = new Set<() => void>()
      const ready = Promise.withResolvers<void>()
      const reading = (async () => {
        for await (const event of engine.events({ [label]: mark }, ending.signal)) {
          seen.push(event)
          if (event.type === 'resync') ready.resolve()
          for (const wake of waiters) wake()
        }
      })().catch((error: unknown) => {
        if (!ending.signal.aborted) throw error
      })
      await ready.promise
      return {
        seen,
        async until(matches: (event: EngineEvent) => boolean): Promise<EngineEvent> {
          for (;;) {
            const found = seen.find(matches)
            if (found !== undefined) return found
            await new Promise<void>((resolve) => waiters.add(resolve))
            waiters.clear()
          }
        },
        async stop() {
          ending.abort(new Error('test over'))
          await reading
        },
      }
    }
    const died = (id: string) => (event: EngineEvent) => event.type === 'died' && event.id === id

    it('says what it is', async () => {
      const info = await engine.info(signal)
      expect(info.cpus).toBeGreaterThan(0)
      expect(info.memoryBytes).toBeGreaterThan(2 ** 26)
      expect(info.osType).toBe('linux')
      expect(['x86_64', 'arm64']).toContain(info.architecture)
      expect(info.apiVersion).toMatch(/^1\.\d+$/)
    })

    it('does not pull an image that is there', async () => {
      let pulls = 0
      const image = await engine.ensureImage(under.image, () => pulls++, signal)
      expect(image.id).not.toBe('')
      expect(pulls).toBe(0)
    })

    it('says that an image cannot be pulled, by its ECS name', async () => {
      let pulls = 0
      const pulling = engine.ensureImage('localhost:1/gantry/missing:1', () => pulls++, signal)
      await expect(pulling).rejects.toThrow(/^CannotPullContainerError: .+/)
      await expect(pulling).rejects.toBeInstanceOf(EngineFault)
      expect(pulls).toBe(1)
    })

    it('creates, starts, lists and inspects a container with its labels', async () => {
      newMark()
      const spec = aSpec(behaviours.sleeps)
      const { id, existed } = await engine.create(spec, signal)
      expect(existed).toBe(false)
      expect(await state(id)).toMatchObject({ status: 'created', startedAt: undefined, exitCode: undefined })
      await engine.start(id, signal)
      const listed = await engine.list({ [label]: mark, 'dev.gantry.number': '' }, signal)
      expect(listed).toHaveLength(1)
      expect(listed[0]).toMatchObject({
        id,
        name: spec.name,
        image: spec.image,
        status: 'running',
        exitCode: undefined,
      })
      expect(listed[0]?.labels).toMatchObject(spec.labels)
      expect(listed[0]?.startedAt).toBeGreaterThan(0)
      expect(await engine.list({ [label]: 'another' }, signal)).toEqual([])
    })

    it('returns the container that has the name already', async () => {
      newMark()
      const spec = aSpec(behaviours.sleeps)
      const { id } = await engine.create(spec, signal)
      expect(await engine.create(spec, signal)).toEqual({ id, existed: true })
      expect(await engine.list({ [label]: mark }, signal)).toHaveLength(1)
    })

    it('starts what runs without a fault, and not what does not exist', async () => {
      newMark()
      const id = await started(behaviours.sleeps)
      await engine.start(id, signal)
      await expect(engine.start('0123456789ab', signal)).rejects.toThrow(/^NoSuchContainerError: /)
    })

    it('tells of a start and of an exit with its code', async () => {
      newMark()
      const events = await listen()
      const id = await started(behaviours.exits3)
      const event = await events.until(died(id))
      expect(event).toMatchObject({ type: 'died', exitCode: 3 })
      expect(events.seen.map(({ type }) => type)).toEqual(['resync', 'started', 'died'])
      expect(await state(id)).toMatchObject({ status: 'exited', exitCode: 3, outOfMemory: false })
      expect((await state(id)).finishedAt).toBeGreaterThanOrEqual((await state(id)).startedAt ?? Number.NaN)
      await events.stop()
    })

    it('starts what ended again, the same container', async () => {
      newMark()
      const events = await listen()
      const id = await started(behaviours.exits3)
      await events.until(died(id))
      const first = await state(id)
      await engine.start(id, signal)
      await events.until((event) => died(id)(event) && event !== events.seen.find(died(id)))
      const second = await state(id)
      expect(second).toMatchObject({ id, status: 'exited', exitCode: 3 })
      expect(second.startedAt).toBeGreaterThanOrEqual(first.finishedAt ?? Number.NaN)
      expect(events.seen.map(({ type }) => type)).toEqual(['resync', 'started', 'died', 'started', 'died'])
      await events.stop()
    })

    it('does not tell of containers without the labels', async () => {
      newMark()
      const events = await listen()
      const stranger = await started(behaviours.exits3, { labels: { [label]: `${mark}-other` } })
      const id = await started(behaviours.exits3)
      await events.until(died(id))
      expect(events.seen.some((event) => 'id' in event && event.id === stranger)).toBe(false)
      await engine.remove(stranger, signal)
      await events.stop()
    })

    it('stops with the stop signal', async () => {
      newMark()
      const id = await started(behaviours.sleeps)
      await engine.stop(id, seconds(20), signal)
      expect(await state(id)).toMatchObject({ status: 'exited', exitCode: 143 })
    })

    it('kills what does not heed the stop signal in time', async () => {
      newMark()
      const id = await started(behaviours.ignoresTerm)
      await engine.stop(id, seconds(1), signal)
      expect(await state(id)).toMatchObject({ status: 'exited', exitCode: 137 })
    })

    it('stops and kills what is stopped or unknown without a fault', async () => {
      newMark()
      const id = await started(behaviours.sleeps)
      await engine.kill(id, 'SIGKILL', signal)
      await engine.stop(id, seconds(1), signal)
      await engine.stop('0123456789ab', seconds(1), signal)
      await engine.kill('0123456789ab', 'SIGKILL', signal)
      expect(await state(id)).toMatchObject({ status: 'exited', exitCode: 137 })
    })

    it('removes what runs, and tells of it', async () => {
      newMark()
      const events = await listen()
      const id = await started(behaviours.sleeps)
      await engine.remove(id, signal)
      await engine.remove(id, signal)
      await events.until((event) => event.type === 'removed' && event.id === id)
      expect(await engine.inspect(id, signal)).toBeUndefined()
      await events.stop()
    })

    it('publishes dynamic ports, one for each mapping', async () => {
      newMark()
      const ports = [
        { containerPort: 8080, hostPort: 0, protocol: 'tcp' },
        { containerPort: 8081, hostPort: 0, protocol: 'tcp' },
      ] as const
      const first = await state(await started(behaviours.sleeps, { ports }))
      const second = await state(await started(behaviours.sleeps, { ports }))
      const bound = [...first.ports, ...second.ports]
      expect(bound.map(({ containerPort }) => containerPort)).toEqual([8080, 8081, 8080, 8081])
      expect(new Set(bound.map(({ hostPort }) => hostPort)).size).toBe(4)
      expect(bound.every(({ hostPort }) => hostPort >= 1024)).toBe(true)
    })

    it('fails the start of a container whose fixed port is taken, and frees the port with its holder', async () => {
      newMark()
      const free = (
        await state(await started(behaviours.sleeps, { ports: [{ containerPort: 1, hostPort: 0, protocol: 'tcp' }] }))
      ).ports[0]?.hostPort as number
      const ports = [{ containerPort: 8080, hostPort: free + 1, protocol: 'tcp' }] as const
      const holder = await started(behaviours.sleeps, { ports })
      const { id } = await engine.create(aSpec(behaviours.sleeps, { ports }), signal)
      await expect(engine.start(id, signal)).rejects.toThrow(/^CannotStartContainerError: .*port is already allocated/s)
      await engine.stop(holder, seconds(20), signal)
      await engine.start(id, signal)
      expect((await state(id)).ports).toEqual(ports)
    })

    it('gives the output of a container, running or stopped', async () => {
      newMark()
      const id = await started(behaviours.prints)
      let text = ''
      for await (const { data } of engine.logs(id, { follow: true }, signal)) text += new TextDecoder().decode(data)
      expect(text).toBe('hello\n')
      expect((await state(id)).status).toBe('exited')
      let last = ''
      for await (const { data, stream } of engine.logs(id, { tail: 1, timestamps: true }, signal)) {
        expect(stream).toBe('stdout')
        last += new TextDecoder().decode(data)
      }
      expect(last).toMatch(/^\d{4}-\d\d-\d\dT.*Z hello\n$/)
    })

    it('stops following output when asked to', async () => {
      newMark()
      const id = await started(behaviours.sleeps)
      const ending = new AbortController()
      const reading = (async () => {
        for await (const _ of engine.logs(id, { follow: true }, ending.signal));
      })()
      ending.abort(new Error('enough'))
      await expect(reading).rejects.toThrow('enough')
    })

    it('reports health', { timeout: 60_000 }, async () => {
      newMark()
      const events = await listen()
      const probe = (command: string) => ({
        command: ['CMD-SHELL', command],
        interval: seconds(1),
        timeout: seconds(2),
        retries: 1,
        startPeriod: seconds(0),
      })
      const well = await started(behaviours.turnsHealthy, { healthCheck: probe('exit 0') })
      const ill = await started(behaviours.turnsUnhealthy, { healthCheck: probe('exit 1') })
      await events.until((e) => e.type === 'health' && e.id === well && e.health === 'healthy')
      await events.until((e) => e.type === 'health' && e.id === ill && e.health === 'unhealthy')
      expect((await state(well)).health).toBe('healthy')
      expect((await state(ill)).health).toBe('unhealthy')
      await events.stop()
    })

    it('rejects with the reason of the signal that aborts a call', async () => {
      const ended = AbortSignal.abort(new Error('not any more'))
      await expect(engine.info(ended)).rejects.toThrow('not any more')
      await expect(engine.list({ [label]: 'x' }, ended)).rejects.toThrow('not any more')
    })
  })
}
