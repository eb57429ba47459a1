/** Output of a container: Docker's multiplexed stream, taken apart. */
import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import type { Clock } from '../../../lib/clock.ts'
import { orAbort } from '../../runtime/race.ts'
import type { EngineLimits } from '../limits.ts'
import { call, engineFault, statusOf } from './docker-calls.ts'
import type { ContainerState, LogChunk, LogOptions } from './engine.ts'
import { EngineFault } from './errors.ts'

export interface DockerLogsOptions {
  readonly docker: Docker
  readonly clock: Clock
  readonly limits: EngineLimits
  ready(signal: AbortSignal): Promise<void>
  inspect(id: string, signal: AbortSignal): Promise<ContainerState | undefined>
}

export async function* dockerLogs(
  { docker, clock, limits, ready }: DockerLogsOptions,
  id: string,
  options: LogOptions,
  signal: AbortSignal,
): AsyncIterable<LogChunk> {
  await ready(signal)
  const how = { clock, limit: limits.inspect, transition: 'inspected', error: 'CannotInspectContainerError' } as const
  const container = docker.getContainer(id)
  const noSuch = (error: unknown): never => {
    if (statusOf(error) === 404)
      throw new EngineFault('NoSuchContainerError', `container ${id} does not exist on the engine`, error)
    throw error
  }
  const info = await call(how, signal, (s) => container.inspect({ abortSignal: s } as object).catch(noSuch))
  const stream = (await call(how, signal, () => open(container, options, signal).catch(noSuch))) as unknown as Readable
  try {
    const chunks = info.Config.Tty ? plain(stream, signal) : demultiplexed(stream, signal)
    yield* chunks
  } catch (error) {
    signal.throwIfAborted()
    throw engineFault('CannotInspectContainerError', error)
  } finally {
    stream.destroy()
  }
}

/** dockerode streams only what is followed: `follow` goes into the query by hand, so that long logs never fill memory. */
function open(container: Docker.Container, options: LogOptions, signal: AbortSignal): Promise<unknown> {
  const query = {
    stdout: true,
    stderr: true,
    follow: options.follow ?? false,
    ...(options.tail === undefined ? {} : { tail: options.tail }),
    ...(options.since === undefined ? {} : { since: options.since / 1000 }),
    ...(options.timestamps === undefined ? {} : { timestamps: options.timestamps }),
  }
  return container.logs({ follow: true, _query: query, abortSignal: signal } as never) as unknown as Promise<unknown>
}

async function* plain(stream: Readable, signal: AbortSignal): AsyncIterable<LogChunk> {
  for await (const data of reading(stream, signal)) yield { stream: 'stdout', data }
}

const headerLength = 8

/** Frames of `[stream, 0, 0, 0, length (4 bytes, big endian)] data`. */
async function* demultiplexed(stream: Readable, signal: AbortSignal): AsyncIterable<LogChunk> {
  let buffer = Buffer.alloc(0)
  for await (const data of reading(stream, signal)) {
    buffer = buffer.length === 0 ? Buffer.from(data) : Buffer.concat([buffer, data])
    while (buffer.length >= headerLength) {
      const end = headerLength + buffer.readUInt32BE(4)
      if (buffer.length < end) break
      yield { stream: buffer[0] === 2 ? 'stderr' : 'stdout', data: buffer.subarray(headerLength, end) }
      buffer = buffer.subarray(end)
    }
  }
}

async function* reading(stream: Readable, signal: AbortSignal): AsyncIterable<Buffer> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  for (;;) {
    const next = await orAbort(chunks.next(), signal)
    if (next.done) return
    yield next.value
  }
}
