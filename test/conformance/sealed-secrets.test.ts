/** Secrets on real stores: their bytes are nowhere in files or in etcd, and no key is no start. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openRegistry } from '../../api/registry/registry.ts'
import { newKeyFile, parseKeyring } from '../../api/registry/sealing/keyring.ts'
import { Secret } from '../../api/v1/core.ts'
import { allKinds } from '../../api/v1/kinds.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { openEmbeddedStore } from '../../store/embedded/embedded-store.ts'
import { openEtcdStore } from '../../store/etcd/etcd-store.ts'
import type { Store } from '../../store/store.ts'
import { startEtcd } from './etcd-server.ts'

const signal = new AbortController().signal
const parts = { clock: systemClock, random: systemRandom, log: silentLogger }
const secret = 'correct-horse-battery-staple'
const forms = [secret, Buffer.from(secret).toString('base64')]
const keys = parseKeyring(newKeyFile('one'))

/** A store that can be opened again, and all bytes that it keeps. */
interface Place {
  open(): Promise<Store>
  bytes(): Promise<Buffer>
}

async function embedded(): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-sealed-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return {
    open: () => openEmbeddedStore({ ...parts, directory }),
    bytes: async () => {
      const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
      return Buffer.concat(files.map((one) => readFileSync(join(one.parentPath, one.name))))
    },
  }
}

async function etcd(): Promise<Place> {
  const server = await startEtcd()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const open = (): Promise<Store> => openEtcdStore({ ...parts, endpoints: [server.endpoint] })
  return {
    open,
    bytes: async () => {
      const store = await open()
      const { items } = await store.list({ prefix: '' }, signal)
      await store.close()
      return Buffer.concat(items.flatMap(({ key, value }) => [Buffer.from(key), value]))
    },
  }
}

describe.each([
  { name: 'embedded', make: embedded },
  { name: 'etcd', make: etcd },
])('$name', ({ make }) => {
  const key = { namespace: 'default', name: 'password' }

  it('keeps no secret that can be read, in no form', async () => {
    const place = await make()
    const store = await place.open()
    const registry = await openRegistry({ ...parts, store, kinds: allKinds, keyring: keys }, signal)
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: key.name }, stringData: { value: secret } }
    await registry.create(Secret, key.namespace, body, {}, signal)
    await registry.patch(Secret, key, { type: 'merge', body: { stringData: { more: `${secret}!` } } }, {}, signal)
    expect((await registry.get(Secret, key, signal)).data?.value).toBe(forms[1])
    await registry.close()
    await store.close()
    const bytes = await place.bytes()
    expect(bytes.includes('gantry:sealed:1:one:')).toBe(true)
    expect(forms.filter((form) => bytes.includes(form))).toEqual([])

    const again = await place.open()
    onTestFinished(() => again.close())
    for (const keyring of [undefined, parseKeyring(newKeyFile('two'))]) {
      const opening = openRegistry({ ...parts, store: again, kinds: allKinds, ...(keyring && { keyring }) }, signal)
      await expect(opening).rejects.toThrow(/secrets encrypted with key "one"/)
    }
  })
})
