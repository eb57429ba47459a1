/** Says in plain words that no server answers, whichever way the request was made. */
import type { ResourceClient } from '../api/client/client.ts'
import { Fault, messageOf } from '../lib/errors.ts'
import type { KubeConfigFile } from './kube-config.ts'

const noServer = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'])

/** The system's code for why a connection failed, wherever it is in the chain of causes. */
function connectionCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && noServer.has(at.code)) return at.code
    if (at instanceof AggregateError && at.errors.length > 0) return connectionCode(at.errors[0])
  }
  return noServer.has(messageOf(error)) ? messageOf(error) : undefined
}

/** `error`, or if it says that nobody listens, a Fault('Unavailable') that names the server and what to do. */
export function explained(error: unknown, { server, path }: Pick<KubeConfigFile, 'server' | 'path'>): unknown {
  const code = connectionCode(error)
  if (code === undefined) return error
  const hint = 'is it running? Start one with `gantry up`, or name another with --kubeconfig'
  return new Fault('Unavailable', `no Gantry server answers at ${server} (from ${path}; ${code}): ${hint}`, {
    cause: error,
  })
}

/** `client`, whose faults about an absent server are explained. */
export function explainingClient(client: ResourceClient, kubeConfig: KubeConfigFile): ResourceClient {
  const explain = (error: unknown): never => {
    throw explained(error, kubeConfig)
  }
  return {
    get: (kind, key, signal) => client.get(kind, key, signal).catch(explain),
    list: (kind, options, signal) => client.list(kind, options, signal).catch(explain),
    async *watch(kind, options, signal) {
      try {
        yield* client.watch(kind, options, signal)
      } catch (error) {
        explain(error)
      }
    },
    create: (kind, object, signal) => client.create(kind, object, signal).catch(explain),
    update: (kind, object, signal) => client.update(kind, object, signal).catch(explain),
    updateStatus: (kind, object, signal) => client.updateStatus(kind, object, signal).catch(explain),
    finalize: (kind, object, signal) => client.finalize(kind, object, signal).catch(explain),
    patch: (kind, key, patch, signal) => client.patch(kind, key, patch, signal).catch(explain),
    apply: (kind, wanted, options, signal) => client.apply(kind, wanted, options, signal).catch(explain),
    delete: (kind, key, options, signal) => client.delete(kind, key, options, signal).catch(explain),
  }
}
