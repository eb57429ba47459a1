/** The webhook as a kube-apiserver meets it: by TLS, trusting what the configuration says. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Secret } from '../../../api/v1/core.ts'
import { ValidatingWebhookConfiguration } from '../../../api/v1/webhook-configuration.ts'
import { systemClock } from '../../../lib/clock.ts'
import { hours, type Millis, millis, minutes, seconds } from '../../../lib/time.ts'
import { VirtualClock } from '../../../lib/virtual-clock.ts'
import { issue, makeAuthority } from '../../../lib/x509/issue.ts'
import type { KeyPair } from '../../../lib/x509/key-pair.ts'
import { callWebhook, startWebhook, webhookHost, webhookManifests } from '../../../test/builders/running-webhook.ts'
import { openClient, type TestClient } from '../../../test/builders/test-client.ts'
import { until } from '../../../test/until.ts'
import { operatorLimits } from '../limits.ts'
import { ownCertificate } from './certificate.ts'

const limits = operatorLimits.webhook
const { signal } = new AbortController()
const years = (n: number): Millis => hours(n * 365 * 24)
const about = { group: 'apps', version: 'v1', kind: 'Deployment' }
const review = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request: { uid: 'u', kind: about } }
const body = JSON.stringify(review)
const passes = { status: 200, body: { ...review, request: undefined, response: { uid: 'u', allowed: true } } }

const clusterOf = (objects: Parameters<typeof openClient>[0] = webhookManifests) => {
  const clock = new VirtualClock(systemClock.now()) // TLS judges by the machine's
  return openClient(objects, { clock, kinds: [ValidatingWebhookConfiguration] as never })
}
/** What the configuration says of each webhook. */
const told = (client: TestClient): readonly string[] =>
  (client.all(ValidatingWebhookConfiguration)[0]?.webhooks ?? []).map(({ clientConfig }) =>
    Buffer.from(clientConfig.caBundle ?? '', 'base64').toString(),
  )
/** The authority in its Secret. */
const kept = (client: TestClient): string =>
  Buffer.from(client.find(Secret, 'gantry-webhook')?.data?.['tls.crt'] ?? '', 'base64').toString()
/** Lets time pass until it is so: files and keys take time of their own. */
const inTime = <T>(client: TestClient, what: string, look: () => Promise<T | undefined | false>): Promise<T> =>
  until(what, async () => {
    await client.clock.advance(limits.look)
    return look()
  })

describe('a certificate of its own', () => {
  it('is trusted by the authority that it writes into every webhook of the configuration, and that replicas share', async () => {
    const client = await clusterOf()
    const url = await startWebhook({ client, clock: client.clock })
    const ca = kept(client)
    expect(told(client)).toEqual([ca, ca])
    expect(client.all(ValidatingWebhookConfiguration)[0]?.webhooks[0]).toMatchObject({ failurePolicy: 'Ignore' })
    expect(await callWebhook({ url, ca, body })).toEqual(passes)
    await expect(callWebhook({ url, ca, host: 'elsewhere.svc' })).rejects.toThrow(/altnames/)

    const before = client.activity
    const other = await startWebhook({ client, clock: client.clock })
    expect(await callWebhook({ url: other, ca, body })).toEqual(passes)
    expect(client.activity).toBe(before)
  })

  it('waits for the manifests', async () => {
    const client = await clusterOf([])
    const started = startWebhook({ client, clock: client.clock })
    await client.clock.advance(minutes(1))
    for (const one of webhookManifests) await client.put(one)
    let url: string | undefined
    void started.then((at) => {
      url = at
    })
    expect(
      await callWebhook({ url: await inTime(client, 'it answers', async () => url), ca: told(client)[0] ?? '', body }),
    ).toEqual(passes)
  })

  it('is told again to a configuration that was applied anew, under a new authority when somebody emptied the Secret', async () => {
    const client = await clusterOf()
    const url = await startWebhook({ client, clock: client.clock })
    const first = kept(client)
    for (const one of webhookManifests) await client.put(one)
    const second = await inTime(client, 'another authority is told', async () => {
      const now = kept(client)
      return now !== '' && now !== first && told(client).every((one) => one === now) && now
    })
    const again = () => callWebhook({ url, ca: second, body }).catch(() => undefined)
    expect(await inTime(client, 'the new certificate is shown', again)).toEqual(passes)
    await expect(callWebhook({ url, ca: first, body })).rejects.toThrow()
  })

  it('is renewed before it ends, and so is its authority', async () => {
    const client = await clusterOf()
    const clock = new VirtualClock(systemClock.now()) // the registry has timers on the other
    const source = ownCertificate({ client, clock, namespace: 'gantry-system' })
    const first = await source(undefined, signal)
    const authority = kept(client)
    expect(await source(first, signal)).toBe(first)
    await clock.advance(millis(years(2) - limits.renewBefore + seconds(1)))
    const second = await source(first, signal)
    expect(second.certificate).not.toBe(first.certificate)
    expect(kept(client)).toBe(authority)
    await clock.advance(years(8))
    await source(second, signal)
    expect(kept(client)).not.toBe(authority)
    expect(told(client)).toEqual([kept(client), kept(client)])
  })
})

describe('a certificate in a folder', () => {
  let authority: KeyPair
  beforeAll(async () => {
    authority = await makeAuthority('others', systemClock.now())
  })
  const write = async (folder: string, { certificate, key }: KeyPair): Promise<void> => {
    await writeFile(join(folder, 'tls.crt'), certificate)
    await writeFile(join(folder, 'tls.key'), key)
  }
  const issued = (by: KeyPair): Promise<KeyPair> =>
    issue(by, { role: 'server', commonName: webhookHost, hosts: [webhookHost] }, systemClock.now())
  const aFolder = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'gantry-webhook-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    return folder
  }

  it('is shown, nobody is told, and is read again when it changes; one that is none is not', async () => {
    const folder = await aFolder()
    await write(folder, await issued(authority))
    const client = await clusterOf()
    const url = await startWebhook({ client, clock: client.clock, certificate: folder })
    expect(await callWebhook({ url, ca: authority.certificate, body })).toEqual(passes)
    expect([told(client), kept(client)]).toEqual([['', ''], ''])

    const next = await makeAuthority('next', systemClock.now())
    await writeFile(join(folder, 'tls.crt'), (await issued(next)).certificate)
    await client.clock.advance(limits.look)
    expect(await callWebhook({ url, ca: authority.certificate, body })).toEqual(passes)
    await write(folder, await issued(next))
    const again = () => callWebhook({ url, ca: next.certificate, body }).catch(() => undefined)
    expect(await inTime(client, 'it is shown', again)).toEqual(passes)
  })

  it('must be there at the start', async () => {
    const client = await clusterOf()
    const { clock } = client
    await expect(startWebhook({ client, clock, certificate: await aFolder() })).rejects.toThrow(/ENOENT/)
  })
})

describe('what is asked', () => {
  it.each([
    { when: 'another path', over: { path: '/mutate' }, code: 404 },
    { when: 'another method', over: { method: 'PUT' }, code: 405 },
    { when: 'nothing', over: { body: '' }, code: 400 },
    { when: 'no JSON', over: { body: '{' }, code: 400 },
    { when: 'no review', over: { body: '[]' }, code: 400 },
    { when: 'depth without end', over: { body: '['.repeat(100_000) + ']'.repeat(100_000) }, code: 400 },
    { when: 'a length that is too much', over: { length: limits.body + 1 }, code: 413 },
    { when: 'too much', over: { body: Buffer.alloc(limits.body + 1, 'x') }, code: 413 },
  ])('$when: $code, and it goes on', async ({ over: { path = '/validate', ...over }, code }) => {
    const client = await clusterOf()
    const url = await startWebhook({ client, clock: client.clock })
    const at = { url, ca: kept(client) }
    const refused = await callWebhook({ ...at, body, ...over, url: url.replace('/validate', path) })
    expect(refused).toMatchObject({ status: code, body: { kind: 'Status', code } })
    expect(await callWebhook({ ...at, body })).toEqual(passes)
  })

  it('more at once than it has room for: the API server is told to decide itself', async () => {
    const client = await clusterOf()
    const url = await startWebhook({ client, clock: client.clock })
    const at = { url, ca: kept(client) }
    const end = new AbortController()
    const slow = { ...at, body: '{', length: 100, signal: end.signal }
    for (let n = 0; n < limits.inFlight; n++) callWebhook(slow).catch(() => undefined)
    const turned = await until('it is full', async () => {
      const answer = await callWebhook({ ...at, body })
      return answer.status === 429 && answer
    })
    expect(turned.body).toMatchObject({ reason: 'TooManyRequests' })
    end.abort()
    await until('there is room again', async () => (await callWebhook({ ...at, body })).status === 200)
  })
})
