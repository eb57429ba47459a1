/** The client over HTTPS, on our own API server; and what only a wire brings. */
import { connect } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import type { ResourceClient } from '../../api/client/client.ts'
import { kubernetesClient } from '../../api/client/kubernetes.ts'
import { pinnedCluster } from '../../api/client/pinned-cluster.ts'
import { Cluster } from '../../api/v1/cluster.ts'
import { Secret } from '../../api/v1/core.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import { revision } from '../../store/store.ts'
import { openServer } from '../builders/running-server.ts'
import { aWidget, Widget } from '../builders/widget.ts'
import { clientConformance, faultOf, servedKinds } from './client.ts'

const parts = { clock: systemClock, random: systemRandom, log: silentLogger }
const { signal } = new AbortController()

interface Running {
  readonly url: string
  readonly token: string
  readonly client: ResourceClient
  readonly stop: AbortController
  /** Stops and waits for the end. */
  close(): Promise<void>
}

async function running(): Promise<Running> {
  const store = await openMemoryStore(parts)
  await store.transact({ compare: [], puts: [{ key: '/before', value: Uint8Array.of(1) }] }, signal)
  await store.transact({ compare: [], puts: [{ key: '/before', value: Uint8Array.of(2) }] }, signal)
  await store.compact(revision(2), signal)
  const server = await openServer({ store, kinds: [...servedKinds, Cluster, Secret] })
  const { url, stop, close } = server
  const token = server.credentials.adminToken
  const config = await pinnedCluster(url, token, stop.signal)
  return { url, token, client: kubernetesClient(config, { ...parts, fieldValidation: 'Strict' }), stop, close }
}

clientConformance('kubernetes on our own server', running)

async function started(): Promise<Running> {
  const server = await running()
  onTestFinished(() => server.close())
  return server
}

test('a watch ends in good order when the server stops', async () => {
  const { client, stop } = await started()
  const { resourceVersion } = await client.list(Widget, {}, signal)
  const seen: string[] = []
  for await (const event of watching(client, resourceVersion)) {
    seen.push(event.type)
    stop.abort(new Error('stopping'))
  }
  expect(seen).toEqual(['ADDED'])
})

/** A watch on which one event is certain to come. */
async function* watching(client: ResourceClient, resourceVersion: string) {
  await client.create(Widget, aWidget('seen'), signal)
  yield* client.watch(Widget, { resourceVersion }, signal)
}

test('a server that is gone is Unavailable', async () => {
  const { client, close } = await started()
  await close()
  expect(await faultOf(client.list(Widget, {}, signal))).toMatchObject({ code: 'Unavailable' })
})

test('a wrong secret is Unauthorized; a token for another authority is refused before anything is sent', async () => {
  const { url, token } = await started()
  const forged = `${token.slice(0, token.lastIndexOf('.'))}.wrong`
  const config = await pinnedCluster(url, forged, signal)
  expect(await faultOf(kubernetesClient(config, parts).list(Widget, {}, signal))).toMatchObject({
    code: 'Unauthorized',
  })
  const foreign = `gantry.${'0'.repeat(64)}.secret`
  expect(await faultOf(pinnedCluster(url, foreign, signal))).toMatchObject({ code: 'Unauthorized' })
})

test('a client that connects and says nothing does not keep the server from stopping', async () => {
  const { url, close } = await started()
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false })
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => socket.once('secureConnect', () => resolve()))
  socket.write('GET /api/v1/namespaces HTTP/1.1\r\nHost: x\r\n') // and never the rest
  await close()
  await ended
})
