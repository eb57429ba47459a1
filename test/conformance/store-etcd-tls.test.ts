import '../../lib/reflect-metadata.ts'
import { webcrypto } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { openEtcdStore } from '../../store/etcd/etcd-store.ts'
import type { EtcdStoreOptions } from '../../store/etcd/options.ts'
import { until } from '../until.ts'
import { EtcdServer, freePort, launchBinary } from './etcd-server.ts'
import { type Case, caseOn, faultOf, take } from './store-case.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

interface Pair {
  readonly cert: Buffer
  readonly key: Buffer
}

/** An authority, and a certificate of it that serves as server and as client on 127.0.0.1. */
async function certificates(): Promise<{ ca: Buffer; leaf: Pair }> {
  const notAfter = new Date(Date.now() + 3_600_000)
  const keys = (): Promise<webcrypto.CryptoKeyPair> => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const pem = async (key: webcrypto.CryptoKey): Promise<Buffer> =>
    Buffer.from(x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY'))
  const caKeys = await keys()
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=test authority',
    keys: caKeys,
    signingAlgorithm: algorithm,
    notAfter,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
  })
  const leafKeys = await keys()
  const leaf = await x509.X509CertificateGenerator.create({
    subject: 'CN=etcd',
    issuer: ca.subject,
    publicKey: leafKeys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: algorithm,
    notAfter,
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
    ],
  })
  const leafPem = { cert: Buffer.from(leaf.toString('pem')), key: await pem(leafKeys.privateKey) }
  return { ca: Buffer.from(ca.toString('pem')), leaf: leafPem }
}

test('etcd over TLS with client certificates: ours is let in, others are not', async () => {
  const { ca, leaf } = await certificates()
  const stranger = await certificates()
  const directory = mkdtempSync(join(tmpdir(), 'gantry-tls-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const file = (name: string, content: Buffer): string => {
    const path = join(directory, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const etcd = new EtcdServer(
    launchBinary,
    await freePort(),
    await freePort(),
    [
      ...['--cert-file', file('cert.pem', leaf.cert), '--key-file', file('key.pem', leaf.key)],
      ...['--trusted-ca-file', file('ca.pem', ca), '--client-cert-auth'],
    ],
    'https',
  )
  onTestFinished(() => etcd[Symbol.asyncDispose]())
  etcd.launch()
  const stop = new AbortController()
  const open = async (tls: EtcdStoreOptions['tls']): Promise<Case> => {
    const store = await openEtcdStore({
      endpoints: [etcd.endpoint],
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
      tls,
    })
    onTestFinished(() => store.close())
    return caseOn(store, '/tls/', stop.signal)
  }
  onTestFinished(() => stop.abort())
  const c = await open({ ca, ...leaf })
  expect(await until('it answers', () => c.names().catch(() => undefined))).toEqual([])
  const after = await c.put('a')
  await c.put('b')
  expect(await take(c.store.watch({ prefix: c.prefix, after }, c.signal), 1)).toHaveLength(1)
  for (const tls of [{ ca }, { ca: stranger.ca, ...leaf }, { ca, ...stranger.leaf }])
    expect(await faultOf((await open(tls)).put('c'))).toMatchObject({ code: 'Unavailable' })
  expect(await c.names()).toEqual(['a', 'b'])
})
