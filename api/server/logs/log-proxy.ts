/** Fetches the output of a task's container from the agent that runs it. */
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { Readable } from 'node:stream'
import { type Clock, deadline } from '../../../lib/clock.ts'
import { Fault, type FaultCode } from '../../../lib/errors.ts'
import { seconds } from '../../../lib/time.ts'
import type { KeyPair } from '../../../lib/x509/key-pair.ts'
import type { ContainerInstance } from '../../v1/container-instance.ts'
import type { Task } from '../../v1/task.ts'

export interface LogOptions {
  readonly container?: string
  readonly follow?: boolean
  readonly tailLines?: number
  readonly sinceSeconds?: number
  readonly timestamps?: boolean
}

export interface LogProxyOptions {
  readonly clock: Clock
  /** Shown to agents; signed by the cluster's authority. */
  readonly identity: KeyPair
}

/** Until the answer begins; a followed log may then be silent for ever. */
const answerWithin = seconds(10)

const codes: Readonly<Record<number, FaultCode>> = { 400: 'BadRequest', 404: 'NotFound', 503: 'Unavailable' }

/**
 * The log as bytes. `instance` is the one that the task is bound to, if it exists. Faults: BadRequest when the task
 * has not been placed, or the container is not said and there are several; NotFound; Unavailable when the agent is away.
 */
export async function readTaskLog(
  task: Task,
  instance: ContainerInstance | undefined,
  log: LogOptions,
  { clock, identity }: LogProxyOptions,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const { name, namespace = '' } = task.metadata
  if (task.spec.containerInstance === undefined)
    throw new Fault('BadRequest', `task "${name}" has not been placed on a container instance yet`)
  const endpoint = instance?.status?.agentEndpoint
  if (endpoint === undefined)
    throw new Fault('Unavailable', `the agent of container instance "${task.spec.containerInstance}" serves no logs`)
  const url = new URL(
    `/namespaces/${encodeURIComponent(namespace)}/tasks/${encodeURIComponent(name)}/log`,
    endpoint.url,
  )
  for (const [key, value] of Object.entries(log)) if (value !== undefined) url.searchParams.set(key, String(value))

  const limit = deadline(clock, answerWithin, signal, () => new Fault('Unavailable', away(task, 'does not answer')))
  try {
    const response = await open(url, endpoint.certificate, identity, task, limit.signal)
    if (response.statusCode === 200) return Readable.toWeb(response) as ReadableStream<Uint8Array>
    throw new Fault(codes[response.statusCode ?? 0] ?? 'Unavailable', await text(response))
  } finally {
    limit.done()
  }
}

const away = (task: Task, why: string): string =>
  `the agent of container instance "${task.spec.containerInstance}" ${why}`

function open(
  url: URL,
  certificate: string,
  identity: KeyPair,
  task: Task,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const tls = { ca: certificate, cert: identity.certificate, key: identity.key, checkServerIdentity: () => undefined }
    // The certificate is the agent's own and known exactly: its names do not matter.
    const call = request(url, { ...tls, agent: false, signal })
    call.once('response', resolve)
    call.once('error', (cause) =>
      reject(
        signal.aborted
          ? signal.reason
          : new Fault('Unavailable', away(task, `cannot be reached: ${cause.message}`), { cause }),
      ),
    )
    call.end()
  })
}

async function text(response: IncomingMessage): Promise<string> {
  let said = ''
  for await (const part of response) {
    said += String(part)
    if (said.length > 4096) break
  }
  return said
}
