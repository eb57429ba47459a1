/** The API server on a port: HTTPS, bounded connections, an end in good order. */
import { createServer } from 'node:https'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Registry as MetricsRegistry } from 'prom-client'
import type { Clock } from '../../lib/clock.ts'
import { closedAfter, type ListenAddress, listening } from '../../lib/listening.ts'
import type { Logger } from '../../lib/log.ts'
import type { Random } from '../../lib/random.ts'
import { Scope } from '../../lib/scope.ts'
import type { Millis } from '../../lib/time.ts'
import { openAccess } from '../access/access.ts'
import type { Authenticator } from '../access/authenticator.ts'
import { clusterAuthenticator } from '../access/cluster-authenticator.ts'
import type { Registry } from '../registry/registry.ts'
import { accountToken } from './access/account-token.ts'
import type { Credentials } from './access/credentials.ts'
import { requestApproval } from './access/request-approval.ts'
import { sentAtOnce } from './answer/json-answer.ts'
import { serverApp } from './app.ts'
import { type AuditFileOptions, auditFile } from './audit/audit-file.ts'
import { limits } from './limits.ts'
import { taskLog } from './logs/task-log.ts'
import { auditMetrics } from './metrics.ts'

export interface ServerParts {
  readonly registry: Registry
  /** Port 0 picks a free one. */
  readonly listen: ListenAddress
  readonly credentials: Credentials
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** What /metrics shows; this server adds its own. */
  readonly metrics?: MetricsRegistry
  /** Gantry's version. */
  readonly version?: string
  /** Default: all that a cluster knows, by its authority and its objects. */
  readonly authenticate?: Authenticator
  /** Where to keep the audit log. Default: nowhere. */
  readonly audit?: AuditFileOptions
  /** Default: limits of this room. */
  readonly timeouts?: Readonly<Partial<Record<'headers' | 'wholeRequest' | 'handshake' | 'checking', Millis>>>
}

export interface RunningServer {
  readonly address: ListenAddress
  /** `https://host:port`, with a name that the certificate has. */
  readonly url: string
  /** Resolves when the server has stopped and all connections are closed. */
  readonly closed: Promise<void>
}

/**
 * Serves until `signal` aborts; then watches end, and connections that are still busy are cut a little later.
 * Faults: Unavailable when the address cannot be listened on.
 */
export async function startServer(parts: ServerParts, signal: AbortSignal): Promise<RunningServer> {
  const { registry, listen, credentials, clock, random, log } = parts
  const metrics = parts.metrics ?? new MetricsRegistry()
  const audit =
    parts.audit === undefined ? undefined : auditFile(parts.audit, { clock, log, dropped: auditMetrics(metrics) })
  const access = await openAccess({ registry, clock, log }, signal)
  const app = serverApp({
    registry,
    access,
    clock,
    random,
    log,
    authenticate: parts.authenticate ?? clusterAuthenticator({ registry, credentials, clock }),
    version: parts.version ?? '0.0.0',
    metrics,
    ...(audit === undefined ? {} : { audit: audit.line }),
    subresources: [
      taskLog(registry, credentials.client, clock),
      requestApproval(registry, clock),
      accountToken({ registry, key: credentials.tokenKey, clock, random }),
    ],
    signal,
  })
  const answer = getRequestListener(
    async (request, env) => {
      const { incoming, outgoing } = env as HttpBindings
      const response = await app.fetch(request, { incoming, outgoing })
      return sentAtOnce(response, outgoing) ? RESPONSE_ALREADY_SENT : response
    },
    { overrideGlobalObjects: false },
  )
  const server = createServer(
    {
      key: credentials.server.key,
      cert: credentials.server.certificate,
      // Who shows none may have a token; who shows a wrong one is refused by the authenticator, in words.
      ca: credentials.authority,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      handshakeTimeout: parts.timeouts?.handshake ?? limits.handshake,
      maxHeaderSize: limits.headerBytes,
      headersTimeout: parts.timeouts?.headers ?? limits.headers,
      connectionsCheckingInterval: parts.timeouts?.checking ?? limits.checking,
      requestTimeout: parts.timeouts?.wholeRequest ?? limits.wholeRequest,
      keepAliveTimeout: limits.keepAlive,
      keepAlive: true,
      keepAliveInitialDelay: limits.stalled,
      noDelay: true,
    },
    (request, response) => void answer(request, response),
  )
  server.maxConnections = limits.connections
  server.on('tlsClientError', (error) => log.debug({ err: error }, 'TLS handshake failed'))
  const { address: host, port } = await listening(server, listen).catch(async (error: unknown) => {
    await access.close()
    throw error
  })
  const auditing = new Scope(new AbortController().signal) // outlives the last request
  if (audit !== undefined) auditing.go('audit log', (s) => audit.run(s))
  server.on('error', (error) => log.error({ err: error }, 'API server failed'))
  const closed = closedAfter(server, { clock, grace: limits.closing }, signal)
    .finally(() => access.close())
    .finally(() => auditing[Symbol.asyncDispose]())
  const address = { host, port }
  log.info(address, 'API server listens')
  return { address, url: urlOf(address), closed }
}

/** Any-addresses are called by loopback: nobody can connect to 0.0.0.0 by that name, nor is it in the certificate. */
function urlOf({ host, port }: ListenAddress): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `https://${name.includes(':') ? `[${name}]` : name}:${port}`
}
