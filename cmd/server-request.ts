/** Plain requests to the server, for what is not a resource of its own: logs, approvals and the version. */
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { faultOf } from '../api/client/status.ts'
import { Fault, messageOf } from '../lib/errors.ts'
import type { KubeConfigFile } from './kube-config.ts'
import { explained } from './unreachable.ts'

/** GET `path`; the body as it comes. Faults: what the server's Status says; Unavailable when it cannot be reached. */
export async function getStream(
  kubeConfig: KubeConfigFile,
  path: string,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const response = await send(kubeConfig, path, signal)
  if (response.statusCode === 200) return response
  throw refusal(response.statusCode ?? 0, await textOf(response))
}

/** GET `path`; the whole body. Faults as getStream. */
export const getText = async (kubeConfig: KubeConfigFile, path: string, signal: AbortSignal): Promise<string> =>
  textOf(await getStream(kubeConfig, path, signal))

/** PUT an object to `path`. Faults as getStream. */
export async function putObject(
  kubeConfig: KubeConfigFile,
  path: string,
  object: object,
  signal: AbortSignal,
): Promise<void> {
  const response = await send(kubeConfig, path, signal, JSON.stringify(object))
  const text = await textOf(response)
  if (response.statusCode !== 200) throw refusal(response.statusCode ?? 0, text)
}

/** GET, or PUT of a JSON body. */
function send(kubeConfig: KubeConfigFile, path: string, signal: AbortSignal, body?: string): Promise<IncomingMessage> {
  const { server, token, certificateAuthority, clientCertificate, clientKey } = kubeConfig
  const pem = (data: string | undefined): Buffer | undefined =>
    data === undefined ? undefined : Buffer.from(data, 'base64')
  return new Promise((resolve, reject) => {
    const call = request(
      `${server}${path}`,
      {
        ca: pem(certificateAuthority),
        cert: pem(clientCertificate),
        key: pem(clientKey),
        method: body === undefined ? 'GET' : 'PUT',
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        signal,
      },
      resolve,
    )
    call.on('error', (cause) => {
      const fault = explained(cause, kubeConfig)
      reject(fault === cause ? new Fault('Unavailable', `${server}: ${messageOf(cause)}`, { cause }) : fault)
    })
    call.end(body)
  })
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function refusal(http: number, body: string): Fault {
  try {
    return faultOf(http, JSON.parse(body))
  } catch {
    return faultOf(http, body.trim() === '' ? {} : { message: body.trim() })
  }
}
