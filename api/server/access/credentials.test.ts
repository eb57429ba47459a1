import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/errors.ts'
import { issue, makeAuthority } from '../../../lib/x509/issue.ts'
import { fingerprint } from '../../../lib/x509/read.ts'
import { pinnedCluster } from '../../client/pinned-cluster.ts'
import type { Secret } from '../../v1/core.ts'
import { type Credentials, type CredentialsOptions, loadCredentials } from './credentials.ts'
import { writeKubeConfig } from './kubeconfig.ts'

const never = new AbortController().signal
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** Secrets by name, with Kubernetes' answers. */
function secretStore(): CredentialsOptions['client'] {
  const secrets = new Map<string, Secret>()
  return {
    get: async (_kind, key) => {
      const found = secrets.get(key.name)
      if (found === undefined) throw new Fault('NotFound', `secrets "${key.name}" not found`)
      return found as never
    },
    create: async (_kind, object) => {
      const name = object.metadata.name ?? ''
      if (secrets.has(name)) throw new Fault('AlreadyExists', `secrets "${name}" already exists`)
      secrets.set(name, object as never)
      return object as never
    },
  }
}

const load = (client = secretStore(), hosts: readonly string[] = []): Promise<Credentials> =>
  loadCredentials({ client, clock: systemClock, hosts }, never)

async function serve(credentials: Credentials, needsClient = false): Promise<string> {
  const { server, authority } = credentials
  const options = {
    cert: server.certificate,
    key: server.key,
    ca: authority,
    requestCert: needsClient,
    rejectUnauthorized: needsClient,
  }
  const listening = createServer(options, (_request, response) => response.end('hello'))
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => listening.close(resolve)))
  return `https://127.0.0.1:${(listening.address() as AddressInfo).port}`
}

const fetchText = (url: string, tls: object): Promise<string> =>
  new Promise((resolve, reject) => {
    const call = request(url, { ...tls, agent: false }, (response) => {
      response.on('data', (data) => resolve(String(data)))
    })
    call.on('error', reject)
    call.end()
  })

describe('credentials', () => {
  it('are shared by all who load from one store, however they race', async () => {
    const client = secretStore()
    const [one, two] = await Promise.all([load(client), load(client)])
    expect(one.authority).toBe(two.authority)
    expect(one.adminToken).toBe(two.adminToken)
    expect(one.adminToken).toMatch(/^gantry\.[0-9a-f]{64}\.[A-Za-z0-9_-]{43,}$/)
    expect(one.adminToken.split('.')[1]).toBe(fingerprint(one.authority))
  })

  it('the server is trusted by those who know the authority, and by nobody else', async () => {
    const credentials = await load()
    const url = await serve(credentials)
    await expect(fetchText(url, { ca: credentials.authority })).resolves.toBe('hello')
    const stranger = await makeAuthority('stranger', systemClock.now())
    await expect(fetchText(url, { ca: stranger.certificate })).rejects.toThrow(/certificate/)
  })

  it('a server that asks for clients of the authority lets them in, and nobody else', async () => {
    const credentials = await load()
    const url = await serve(credentials, true)
    const { certificate: cert, key } = credentials.client
    await expect(fetchText(url, { ca: credentials.authority, cert, key })).resolves.toBe('hello')
    await expect(fetchText(url, { ca: credentials.authority })).rejects.toThrow()
    const stranger = await issue(
      await makeAuthority('stranger', systemClock.now()),
      { role: 'client', commonName: 'x' },
      systemClock.now(),
    )
    await expect(
      fetchText(url, { ca: credentials.authority, cert: stranger.certificate, key: stranger.key }),
    ).rejects.toThrow()
  })

  it('a token is enough to find the authority, and finds no other', async () => {
    const credentials = await load()
    const url = await serve(credentials)
    const config = await pinnedCluster(url, credentials.adminToken, never)
    expect(
      Buffer.from(config.getCurrentCluster()?.caData ?? '', 'base64')
        .toString()
        .trim(),
    ).toBe(credentials.authority.trim())
    const other = await load()
    await expect(pinnedCluster(url, other.adminToken, never)).rejects.toMatchObject({ code: 'Unauthorized' })
    await expect(pinnedCluster(url, 'plain', never)).rejects.toMatchObject({ code: 'BadRequest' })
  })
})

describe('writeKubeConfig', () => {
  it('is readable by its owner alone, also when it replaces one that was not', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'gantry-kubeconfig-'))
    closing.push(() => rm(directory, { recursive: true }))
    const path = join(directory, 'deep', 'kubeconfig')
    const facts = { server: 'https://127.0.0.1:7443', authority: 'PEM', token: 't' }
    await writeKubeConfig(path, facts)
    await writeKubeConfig(path, { ...facts, token: 'second' })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(path, 'utf8')).users[0].user.token).toBe('second')
  })
})
