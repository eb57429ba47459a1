/** Clients that connect and hang: the server lets go of them, and the rest is served on. */
import { connect, type TLSSocket } from 'node:tls'
import { Registry as MetricsRegistry } from 'prom-client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { directClient } from '../../api/client/direct.ts'
import type { Kind } from '../../api/meta/kind.ts'
import { openRegistry } from '../../api/registry/registry.ts'
import { loadCredentials } from '../../api/server/credentials.ts'
import { limits } from '../../api/server/limits.ts'
import { startServer } from '../../api/server/server.ts'
import { Cluster } from '../../api/v1/cluster.ts'
import { Secret } from '../../api/v1/core.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { millis } from '../../lib/time.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import { aWidget, Widget } from '../builders/widget.ts'
import { servedKinds } from './client.ts'

const { signal } = new AbortController()

async function aServer() {
  const clock = new VirtualClock()
  const stop = new AbortController()
  const store = await openMemoryStore({ clock })
  const kinds = [...servedKinds, Cluster, Secret] as unknown as readonly Kind[]
  const parts = { clock, random: systemRandom, log: silentLogger }
  const registry = await openRegistry({ ...parts, store, kinds }, stop.signal)
  const client = directClient(registry)
  const credentials = await loadCredentials({ client, clock, hosts: [] }, stop.signal)
  const metrics = new MetricsRegistry()
  const timeouts = { headers: millis(300), checking: millis(50) }
  const listen = { host: '127.0.0.1', port: 0 }
  const server = await startServer({ ...parts, registry, credentials, metrics, listen, timeouts }, stop.signal)
  const sockets: TLSSocket[] = []
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    stop.abort(new Error('the test is over'))
    await server.closed
    await registry.close()
    await store.close()
  })
  const open = async () => {
    const socket = connect({ host: '127.0.0.1', port: server.address.port, rejectUnauthorized: false })
    sockets.push(socket)
    socket.on('error', () => undefined)
    let closed = false
    socket.once('close', () => {
      closed = true
    })
    await new Promise<void>((resolve) => socket.once('secureConnect', resolve))
    return { socket, isClosed: () => closed }
  }
  const streams = async (): Promise<number> =>
    Number(/^gantry_api_streams (\d+)$/m.exec(await metrics.metrics())?.[1] ?? Number.NaN)
  return { client, clock, open, streams, token: credentials.adminToken }
}

test.each(['x-long: ', 'GET /'])('a head that is too large is refused and cut (%s)', async (start) => {
  const { open } = await aServer()
  const { socket, isClosed } = await open()
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text
  })
  socket.write(start.startsWith('GET') ? '' : 'GET /livez HTTP/1.1\r\nhost: x\r\n')
  socket.write(`${start}${'y'.repeat(100_000)} HTTP/1.1\r\n\r\n`)
  await vi.waitFor(() => expect(isClosed()).toBe(true), { timeout: 10_000 })
  expect(answer).not.toContain(' 200 ') // what it says instead is lost where the rest of the head is still under way
})

test('a head that never ends is cut', async () => {
  const { open } = await aServer()
  const { socket, isClosed } = await open()
  socket.resume()
  socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n')
  await vi.waitFor(() => expect(isClosed()).toBe(true), { timeout: 10_000 })
})

test('a watch whose client takes nothing is cut, and does not hold the others up', async () => {
  const { client, clock, open, streams, token } = await aServer()
  const { socket, isClosed } = await open()
  let advanced = 0
  socket.pause()
  const path = '/apis/test.gantry.dev/v1/widgets?watch=true&resourceVersion=0'
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  await vi.waitFor(async () => expect(await streams()).toBe(1), { timeout: 10_000 })

  const other = client.watch(Widget, { resourceVersion: '0' }, signal)
  const big = 'x'.repeat(1_000_000)
  const names = Array.from({ length: 40 }, (_, i) => `big-${i + 10}`) // more than any socket's buffers
  for (const name of names) await client.create(Widget, aWidget(name, { notes: { big } }), signal)
  const seen: string[] = []
  for await (const event of other) {
    if (event.type !== 'BOOKMARK') seen.push(event.object.metadata.name)
    if (seen.length === names.length) break
  }
  expect(seen).toEqual(names)

  // Fewer steps than the shortest life of a watch: only the stall can end it.
  await vi.waitFor(
    async () => {
      advanced += limits.stalled
      expect(advanced).toBeLessThan(limits.watchLeast)
      await clock.advance(limits.stalled)
      expect(await streams()).toBe(0)
    },
    { timeout: 10_000, interval: 400 },
  )
  socket.resume()
  await vi.waitFor(() => expect(isClosed()).toBe(true), { timeout: 10_000 })
})
