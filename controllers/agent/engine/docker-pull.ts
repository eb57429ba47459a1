/** One pull through Docker, given up when it shows no progress for a while. */
import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { type Clock, deadline } from '../../../lib/clock.ts'
import { orAbort } from '../../runtime/race.ts'
import type { EngineLimits } from '../limits.ts'
import { engineFault } from './docker-calls.ts'
import { EngineFault, timedOut } from './errors.ts'

interface Progress {
  readonly error?: string
}

/** Returns when the image is there. Faults: CannotPullContainerError, DockerTimeoutError. */
export async function pullImage(
  { docker, clock, limits }: { readonly docker: Docker; readonly clock: Clock; readonly limits: EngineLimits },
  image: string,
  outer: AbortSignal,
): Promise<void> {
  const limited = deadline(clock, limits.pull, outer, () => timedOut('pulled', limits.pull))
  const idle = new AbortController()
  const signal = AbortSignal.any([limited.signal, idle.signal])
  const watch = (): (() => void) => clock.after(limits.pullIdle, () => idle.abort(timedOut('pulled', limits.pullIdle)))
  let cancel = watch()
  let stream: Readable | undefined
  try {
    stream = (await orAbort(
      docker.createImage({ fromImage: withTag(image), abortSignal: signal } as never),
      signal,
    )) as unknown as Readable
    let text = ''
    const ended = new Promise<void>((resolve, reject) => {
      stream?.on('data', (data: Buffer) => {
        cancel()
        cancel = watch()
        text = (text + data.toString()).slice(-lastWords)
      })
      stream?.on('end', resolve)
      stream?.on('error', reject)
    })
    await orAbort(ended, signal)
    const error = errorIn(text)
    if (error !== undefined) throw new EngineFault('CannotPullContainerError', error)
  } catch (error) {
    outer.throwIfAborted()
    if (signal.aborted) throw signal.reason
    throw engineFault('CannotPullContainerError', error)
  } finally {
    cancel()
    limited.done()
    stream?.destroy()
  }
}

/** The tail of the progress that is kept: an error is its last line. */
const lastWords = 65_536

/** Without tag or digest Docker would pull every tag. */
const withTag = (image: string): string => (image.includes('@') || /:[^/]+$/.test(image) ? image : `${image}:latest`)

function errorIn(text: string): string | undefined {
  const last = text.trim().split('\n').at(-1) ?? ''
  try {
    return (JSON.parse(last) as Progress).error
  } catch {
    return undefined
  }
}
