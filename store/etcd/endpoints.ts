/** Which etcd server is talked to: one at a time, the next one after a failure. */

import { closed } from '../faults.ts'
import { Connection } from './connection.ts'
import type { EtcdStoreOptions } from './options.ts'

export class Endpoints {
  readonly #options: EtcdStoreOptions
  readonly #connections = new Map<string, Connection>()
  readonly #users = new Set<(reason: Error) => void>()
  #current = 0
  #closed = false

  constructor(options: EtcdStoreOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#options.endpoints.length
  }

  /** The connection to use now. Faults: Unavailable after `close`. */
  get current(): Connection {
    if (this.#closed) throw closed()
    const endpoint = this.#options.endpoints[this.#current] ?? ''
    const connection = this.#connections.get(endpoint) ?? new Connection(endpoint, this.#options)
    this.#connections.set(endpoint, connection)
    return connection
  }

  /** A call on `connection` failed: go on with the next server, and with a new connection if this one is to be dropped. */
  failed(connection: Connection, drop: boolean): void {
    if (this.#connections.get(connection.endpoint) !== connection) return
    if (drop) {
      this.#connections.delete(connection.endpoint)
      connection.close()
    }
    if (this.#options.endpoints[this.#current] === connection.endpoint) this.#current = (this.#current + 1) % this.count
  }

  /** Calls `end` when the store is closed; until the returned function is called. */
  whileOpen(end: (reason: Error) => void): () => void {
    this.#users.add(end)
    return () => void this.#users.delete(end)
  }

  close(reason: Error): void {
    this.#closed = true
    for (const end of [...this.#users]) end(reason)
    for (const connection of this.#connections.values()) connection.close()
    this.#connections.clear()
  }
}
