/**
 * Who we are and who may come in: the cluster's certificate authority, its administrator's token, and the key of its service accounts' tokens. All live as Secrets
 * in gantry-system, so that all servers on one store share them; the first one makes them.
 */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../../lib/clock.ts'
import { Fault, isFault } from '../../../lib/errors.ts'
import { issue, makeAuthority } from '../../../lib/x509/issue.ts'
import { type KeyPair, makeKey } from '../../../lib/x509/key-pair.ts'
import { fingerprint } from '../../../lib/x509/read.ts'
import type { ResourceClient } from '../../client/client.ts'
import { Secret } from '../../v1/core.ts'
import { authoritySecret, serverUser, systemNamespace } from '../../v1/well-known.ts'

/** What a server needs to serve and to talk to agents. Server and client certificates are made anew at each start. */
export interface Credentials {
  /** PEM certificate of the authority. */
  readonly authority: string
  /** The chain ends with the authority, so that a client with a pinned token can find it. */
  readonly server: KeyPair
  /** For calling agents. */
  readonly client: KeyPair
  /** `gantry.<fingerprint of the authority>.<secret>`. */
  readonly adminToken: string
  /** PEM (PKCS#8) of the key that signs the tokens of service accounts. */
  readonly tokenKey: string
}

export interface CredentialsOptions {
  readonly client: Pick<ResourceClient, 'get' | 'create'>
  readonly clock: Clock
  /** Names and addresses that clients may call the server by, besides those of loopback. */
  readonly hosts: readonly string[]
}

const tokenSecret = 'admin-token'
const tokenKeySecret = 'service-account-key'
const loopback = ['localhost', '127.0.0.1', '::1']
/** Addresses that mean "any"; no client calls a server by them. */
const wildcards: ReadonlySet<string> = new Set(['0.0.0.0', '::', ''])

/** Loads what is there, makes what is missing. */
export async function loadCredentials(options: CredentialsOptions, signal: AbortSignal): Promise<Credentials> {
  const now = options.clock.now()
  const authority = await loadOrMake(
    options,
    authoritySecret,
    'kubernetes.io/tls',
    async () => {
      const made = await makeAuthority('gantry', now)
      return { 'tls.crt': made.certificate, 'tls.key': made.key }
    },
    signal,
  )
  const pair: KeyPair = { certificate: member(authority, 'tls.crt'), key: member(authority, 'tls.key') }
  const token = await loadOrMake(
    options,
    tokenSecret,
    'gantry.dev/token',
    async () => ({ token: `gantry.${fingerprint(pair.certificate)}.${randomBytes(33).toString('base64url')}` }),
    signal,
  )
  const tokenKey = await loadOrMake(
    options,
    tokenKeySecret,
    'gantry.dev/signing-key',
    async () => ({ 'tls.key': await makeKey() }),
    signal,
  )
  const hosts = [...loopback, ...options.hosts.filter((host) => !wildcards.has(host))]
  const server = await issue(pair, { role: 'server', commonName: serverUser, hosts }, now)
  return {
    authority: pair.certificate,
    server: { certificate: server.certificate + pair.certificate, key: server.key },
    client: await issue(pair, { role: 'client', commonName: serverUser }, now),
    adminToken: member(token, 'token'),
    tokenKey: member(tokenKey, 'tls.key'),
  }
}

/** The Secret of that name; two servers that make it at the same time end with the same one. */
async function loadOrMake(
  { client }: CredentialsOptions,
  name: string,
  type: string,
  make: () => Promise<Readonly<Record<string, string>>>,
  signal: AbortSignal,
): Promise<Secret> {
  const key = { namespace: systemNamespace, name }
  try {
    return await client.get(Secret, key, signal)
  } catch (error) {
    if (!isFault(error, 'NotFound')) throw error
  }
  const entries = Object.entries(await make()).map(([member, text]) => [member, Buffer.from(text).toString('base64')])
  try {
    return await client.create(Secret, { metadata: key, type, data: Object.fromEntries(entries) }, signal)
  } catch (error) {
    if (!isFault(error, 'AlreadyExists')) throw error
    return client.get(Secret, key, signal)
  }
}

function member(secret: Secret, name: string): string {
  const value = secret.data?.[name]
  if (value === undefined)
    throw new Fault(
      'Internal',
      `secret ${systemNamespace}/${secret.metadata.name} has no ${name}: it was changed by hand`,
    )
  return Buffer.from(value, 'base64').toString('utf8')
}
