/** How to reach etcd, checked before anything is opened. */
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Random } from '../../lib/random.ts'
import type { Millis } from '../../lib/time.ts'

export interface EtcdStoreOptions {
  /** `http://host:port` or `https://host:port`, all of one kind. */
  readonly endpoints: readonly string[]
  /** PEM. Without `ca`, https trusts the system's authorities. `cert` and `key` go together. */
  readonly tls?: { readonly ca?: Uint8Array; readonly cert?: Uint8Array; readonly key?: Uint8Array }
  readonly auth?: { readonly username: string; readonly password: string }
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** One unary call; default 5 s. */
  readonly callDeadline?: Millis
  /** How long a watch's connection may be silent before it is made anew; default 15 s. */
  readonly watchIdle?: Millis
  /** How much history to keep; default `limits`; false when somebody else compacts this etcd. */
  readonly compaction?: { readonly keep: Millis; readonly every: Millis } | false
}

/** Faults: Invalid, with the problem of each option. */
export function checkEtcdOptions({ endpoints, tls }: EtcdStoreOptions): void {
  const problems: { path: string; message: string; reason: 'FieldValueInvalid' | 'FieldValueRequired' }[] = []
  const wrong = (path: string, message: string): void => {
    problems.push({ path, message, reason: 'FieldValueInvalid' })
  }
  if (endpoints.length === 0)
    problems.push({ path: 'endpoints', message: 'at least one is required', reason: 'FieldValueRequired' })
  endpoints.forEach((endpoint, i) => {
    const url = URL.parse(endpoint)
    const plain = url !== null && url.pathname === '/' && url.username === '' && url.search === '' && url.hash === ''
    if (!plain || !['http:', 'https:'].includes(url.protocol) || url.hostname === '')
      wrong(`endpoints[${i}]`, `"${endpoint}" is not of the form http://host:port or https://host:port`)
  })
  const secure = endpoints.filter((endpoint) => endpoint.startsWith('https:')).length
  if (secure > 0 && secure < endpoints.length) wrong('endpoints', 'http and https cannot be mixed')
  if (tls !== undefined && secure === 0) wrong('tls', 'certificates need https endpoints')
  if ((tls?.cert === undefined) !== (tls?.key === undefined)) wrong('tls', 'cert and key go together')
  if (problems.length > 0)
    throw new Fault('Invalid', `etcd options: ${problems.map((p) => `${p.path}: ${p.message}`).join('; ')}`, {
      problems,
    })
}
