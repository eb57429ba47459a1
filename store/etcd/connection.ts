/**
 * One connection to one etcd server through etcd3, of which only the generated gRPC clients, TLS and authentication are
 * used: its retries repeat writes whose outcome is unknown, and its failure handling closes other calls' channels.
 */
import { Etcd3, type IOptions, type Services } from 'etcd3'
import { etcdLimits } from './limits.ts'
import type { EtcdStoreOptions } from './options.ts'

/** A gRPC call or stream that can be given up. */
export interface Cancellable {
  cancel(): void
}

export interface DuplexStream<Request, Response> extends Cancellable {
  write(request: Request): void
  end(): void
  pause(): void
  resume(): void
  on(event: 'data', then: (response: Response) => void): void
  on(event: 'error', then: (error: Error) => void): void
  on(event: 'end', then: () => void): void
}

type Service = keyof typeof Services
type Callback = (error: Error | null, response?: unknown) => void
type UnaryMethod = (request: unknown, metadata: unknown, options: object, then: Callback) => Cancellable
type StreamMethod = (metadata: unknown, options: object) => DuplexStream<never, never>

/** Opens etcd3's connection pool, which is the part of it that works. */
class OpenEtcd3 extends Etcd3 {
  /** Authenticates if need be. Every call gets metadata of its own, since it adds to it. */
  rawClient(service: Service): Promise<{ client: object; metadata: object }> {
    return this.pool.withConnection(service, ({ client, metadata }) => {
      const own = metadata.clone()
      // Refuses at once instead of waiting in a member that lost its leader.
      own.set('hasleader', 'true')
      return { client, metadata: own }
    })
  }
}

export class Connection {
  readonly endpoint: string
  readonly #etcd: OpenEtcd3
  #version: Promise<string> | undefined

  constructor(endpoint: string, options: EtcdStoreOptions) {
    this.endpoint = endpoint
    this.#etcd = new OpenEtcd3(etcd3Options(endpoint, options))
  }

  /** Starts a unary call; `then` gets its end. Rejects when it cannot be started (nothing was sent then). */
  async call(
    service: Service,
    method: string,
    request: unknown,
    deadline: number,
    then: Callback,
  ): Promise<Cancellable> {
    const { client, metadata } = await this.#etcd.rawClient(service)
    const methods = client as Readonly<Record<string, UnaryMethod>>
    const call = methods[method]
    if (call === undefined) throw new TypeError(`etcd3 has no ${service}.${method}`)
    return call.call(client, request, metadata, { deadline }, then)
  }

  /** Opens a stream. Without an `error` listener its first failure would end the process: add one in the same turn. */
  async stream<Request, Response>(service: Service, method: string): Promise<DuplexStream<Request, Response>> {
    const { client, metadata } = await this.#etcd.rawClient(service)
    const methods = client as Readonly<Record<string, StreamMethod>>
    const open = methods[method]
    if (open === undefined) throw new TypeError(`etcd3 has no ${service}.${method}`)
    const stream: DuplexStream<unknown, unknown> = open.call(client, metadata, {})
    stream.on('error', () => undefined)
    return stream as DuplexStream<Request, Response>
  }

  /** What `ask` found out about the server once; asked again after a failure. */
  version(ask: () => Promise<string>): Promise<string> {
    this.#version ??= ask().catch((error: unknown) => {
      this.#version = undefined
      throw error
    })
    return this.#version
  }

  /** Calls that wait for a connection end; those on their way may still end well. */
  close(): void {
    this.#etcd.close()
  }
}

function etcd3Options(endpoint: string, { tls, auth, clock, callDeadline }: EtcdStoreOptions): IOptions {
  const pem = (bytes: Uint8Array | undefined): Buffer | undefined =>
    bytes === undefined ? undefined : Buffer.from(bytes)
  return {
    hosts: endpoint,
    // etcd3 requires a root certificate in its types only: gRPC takes the system's for none.
    ...(tls !== undefined && {
      credentials: {
        rootCertificate: pem(tls.ca) as Buffer,
        ...(tls.key !== undefined && { privateKey: pem(tls.key), certChain: pem(tls.cert) }),
      },
    }),
    ...(auth !== undefined && {
      auth: { ...auth, callOptions: () => ({ deadline: clock.now() + (callDeadline ?? etcdLimits.callDeadline) }) },
    }),
    grpcOptions: {
      'grpc.keepalive_time_ms': etcdLimits.keepaliveTime,
      'grpc.keepalive_timeout_ms': etcdLimits.keepaliveTimeout,
      'grpc.initial_reconnect_backoff_ms': etcdLimits.reconnectFirst,
      'grpc.max_reconnect_backoff_ms': etcdLimits.reconnectMost,
      // A whole list page and a transaction must pass; the store's own limits bound both.
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      // Otherwise a connection made anew after silence would be the same silent one.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_http_proxy': 0,
    },
  }
}
