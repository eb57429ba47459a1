/** Clients that connect and hang: the server lets go of them, and the rest is served on. */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect } from 'node:tls'
import { Registry as MetricsRegistry } from 'prom-client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { directClient } from '../../api/client/direct.ts'
import { limits } from '../../api/server/limits.ts'
import type { ServerParts } from '../../api/server/server.ts'
import { Cluster } from '../../api/v1/cluster.ts'
import { Secret } from '../../api/v1/core.ts'
import { millis, seconds } from '../../lib/time.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { aRunningServer } from '../builders/running-server.ts'
import { aWidget, Widget } from '../builders/widget.ts'
import { until } from '../until.ts'
import { servedKinds } from './client.ts'

const { signal } = new AbortController()

const generous = {
  headers: millis(30_000),
  wholeRequest: millis(30_000),
  handshake: millis(30_000),
  checking: millis(50),
}

/** A server that lets go soon, but for what `given` says. */
async function aServer(given: ServerParts['timeouts'] = { headers: seconds(2) }) {
  const clock = new VirtualClock()
  const metrics = new MetricsRegistry()
  const kinds = [...servedKinds, Cluster, Secret]
  const server = await aRunningServer({ clock, kinds, metrics, timeouts: { ...generous, ...given } })
  const client = directClient(server.registry)
  const token = server.credentials.adminToken
  const port = Number(new URL(server.url).port)
  const sockets: Socket[] = []
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  const opened = (socket: Socket, event: string) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    let closed = false
    socket.once('close', () => {
      closed = true
    })
    let answer = ''
    const listen = () => socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
    return new Promise<{ socket: Socket; listen: typeof listen; isClosed: () => boolean; answer: () => string }>(
      (resolve) => socket.once(event, () => resolve({ socket, listen, isClosed: () => closed, answer: () => answer })),
    )
  }
  const open = () => opened(connect({ host: '127.0.0.1', port, rejectUnauthorized: false }), 'secureConnect')
  const openTcp = () => opened(connectTcp({ host: '127.0.0.1', port }), 'connect')
  const streams = async (): Promise<number> =>
    Number(/^gantry_api_streams (\d+)$/m.exec(await metrics.metrics())?.[1] ?? Number.NaN)
  /** The head of a request that makes something; a body is to follow. */
  const head = (body: string) =>
    `POST /api/v1/namespaces/default/secrets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n${body}\r\n\r\n`
  /** Others are served meanwhile. */
  const serves = async (): Promise<void> => {
    const { socket, listen, answer } = await open()
    listen()
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    await until('it is served', () => answer().includes(' 200 OK'))
    socket.destroy()
  }
  return { client, clock, open, openTcp, head, serves, streams, token }
}

test.each(['x-long: ', 'GET /'])('a head that is too large is refused and cut (%s)', async (start) => {
  const { open } = await aServer()
  const { socket, listen, isClosed, answer } = await open()
  listen()
  socket.write(start.startsWith('GET') ? '' : 'GET /livez HTTP/1.1\r\nhost: x\r\n')
  socket.write(`${start}${'y'.repeat(100_000)} HTTP/1.1\r\n\r\n`)
  await until('it is cut', isClosed)
  expect(answer()).not.toContain(' 200 ') // what it says instead is lost where the rest of the head is still under way
})

test('a head that never ends is cut', async () => {
  const { open } = await aServer()
  const { socket, isClosed } = await open()
  socket.resume()
  socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n')
  await until('it is cut', isClosed)
})

test('a body that ends before its length is cut', async () => {
  const { open, head, serves } = await aServer({})
  const { socket, listen, isClosed, answer } = await open()
  listen()
  socket.write(`${head('Content-Length: 1000')}{"kind":`)
  await serves()
  socket.end()
  await until('it is cut', isClosed)
  expect(answer()).not.toContain(' 201 ')
})

test('a body in pieces without end is refused at the limit, and cut', async () => {
  const { open, head, serves } = await aServer({})
  const { socket, listen, isClosed, answer } = await open()
  listen()
  socket.write(head('Transfer-Encoding: chunked'))
  const piece = `10000\r\n${' '.repeat(0x10000)}\r\n`
  let sent = 0
  const send = (): void => {
    while (!isClosed() && socket.writable && socket.write(piece)) sent++
  }
  socket.on('drain', send)
  send()
  await serves()
  await until('it is cut', isClosed)
  expect(sent * 0x10000).toBeLessThan(100 * limits.requestBytes)
  expect(['', 'HTTP/1.1 413']).toContain(answer().slice(0, 12)) // lost where more was under way when it was cut
  await serves()
})

test.each(['Content-Length: 1000', 'Transfer-Encoding: chunked'])(
  'a body that stops coming is cut (%s)',
  async (length) => {
    const { open, head, serves } = await aServer({ headers: seconds(2), wholeRequest: seconds(3) })
    const slow = await Promise.all(Array.from({ length: 20 }, open))
    for (const { socket, listen } of slow) {
      listen()
      socket.write(`${head(length)}${length.startsWith('T') ? '1\r\n{\r\n' : '{'}`)
    }
    await serves()
    await until('all are cut', () => slow.every(({ isClosed }) => isClosed()))
    for (const { answer } of slow) expect(answer()).not.toContain(' 201 ')
  },
)

test('a thousand idle connections keep nobody from being served', async () => {
  const { open, serves } = await aServer({})
  const idle: Awaited<ReturnType<typeof open>>[] = []
  while (idle.length < 1000) idle.push(...(await Promise.all(Array.from({ length: 100 }, open))))
  await serves()
  expect(idle.filter(({ isClosed }) => isClosed())).toEqual([])
})

test('a handshake that hangs is cut', async () => {
  const { openTcp, serves } = await aServer({ handshake: seconds(2) })
  const hung = await Promise.all(Array.from({ length: 100 }, openTcp))
  for (const { socket, listen } of hung) {
    listen()
    socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02])) // a record of TLS that goes no further
  }
  await serves()
  await until('all are cut', () => hung.every(({ isClosed }) => isClosed()))
})

test('a watch whose client takes nothing is cut, and does not hold the others up', async () => {
  const { client, clock, open, streams, token } = await aServer()
  const { socket, isClosed } = await open()
  let advanced = 0
  socket.pause()
  const path = '/apis/test.gantry.dev/v1/widgets?watch=true&resourceVersion=0'
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  await until('it watches', async () => (await streams()) === 1)

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
    { timeout: 60_000, interval: 400 },
  )
  socket.resume()
  await until('it is cut', isClosed)
})
