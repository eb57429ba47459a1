/** The operator's webhook on a port of its own until the test ends, and a caller of it as a kube-apiserver is one. */
import { request } from 'node:https'
import { onTestFinished } from 'vitest'
import { Secret } from '../../api/v1/core.ts'
import { ValidatingWebhookConfiguration } from '../../api/v1/webhook-configuration.ts'
import { runWebhook, type WebhookParts } from '../../cmd/operator/webhook/webhook.ts'
import { type Logger, silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { Scope } from '../../lib/scope.ts'
import { build } from './object.ts'

const webhooks = [
  { name: 'a.gantry.dev', clientConfig: {}, failurePolicy: 'Ignore' },
  { name: 'b.gantry.dev', clientConfig: {} },
]
/** What the manifests make for it. */
export const webhookManifests = [
  build(ValidatingWebhookConfiguration, { name: 'gantry', rest: { webhooks } }, {}),
  build(Secret, { name: 'gantry-webhook' }, { namespace: 'gantry-system' }),
] as const
/** The name that it is called by. */
export const webhookHost = 'gantry-webhook.gantry-system.svc'

/** Runs it and says where: one more each time. Rejects when it ends instead. */
export function startWebhook(parts: Omit<WebhookParts, 'random' | 'log' | 'listen' | 'namespace'>): Promise<string> {
  const scope = new Scope(new AbortController().signal)
  onTestFinished(() => scope[Symbol.asyncDispose]())
  const { promise: ready, resolve } = Promise.withResolvers<string>()
  const info: Logger['info'] = ({ url }) => {
    if (typeof url === 'string') resolve(url)
  }
  const given = { random: seededRandom(1), log: { ...silentLogger, info }, namespace: 'gantry-system' }
  scope.go('webhook', (signal) => runWebhook({ ...given, listen: { host: '127.0.0.1', port: 0 }, ...parts }, signal))
  return Promise.race([ready, scope.ended.then(() => ready)])
}

export interface Call {
  readonly url: string
  /** PEM of the authority that is trusted. */
  readonly ca: string
  readonly host?: string
  readonly method?: string
  readonly body?: string | Buffer
  /** Says so instead of ending the body. */
  readonly length?: number
  readonly signal?: AbortSignal
}

export interface WebhookAnswer {
  readonly status: number | undefined
  readonly body: Readonly<Record<string, unknown>>
}

/** One request on a connection of its own. Rejects when the server is not who it should be. */
export const callWebhook = ({ url, ca, host = webhookHost, method = 'POST', body = '', length, signal }: Call) =>
  new Promise<WebhookAnswer>((resolve, reject) => {
    const headers = length === undefined ? {} : { 'content-length': length }
    const asking = request(url, { method, ca, servername: host, headers, agent: false, signal }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        asking.destroy()
        resolve({ status: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) as never })
      })
    })
    asking.on('error', reject)
    asking.write(body)
    if (length === undefined) asking.end()
  })
