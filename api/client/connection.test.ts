import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'
import { expect, it } from 'vitest'
import { seededRandom } from '../../lib/random.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { issue, makeAuthority } from '../../lib/x509/issue.ts'
import { until } from '../../test/until.ts'
import { Connection } from './connection.ts'
import { HttpsTransport } from './https-transport.ts'
import { limits } from './limits.ts'

it('leaves a server that takes the connection but never shakes hands, long before a request would be given up', async () => {
  const taken = Promise.withResolvers<Socket>()
  const silent = createServer((socket) => taken.resolve(socket))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const address = silent.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const config = new KubeConfig()
  config.loadFromClusterAndUser(
    { name: 'c', server: `https://127.0.0.1:${address.port}`, skipTLSVerify: false },
    { name: 'u' },
  )
  const clock = new VirtualClock()
  const connection = new Connection(new HttpsTransport(config, { clock }), { clock, random: seededRandom(1) })
  const asked = connection.json({ method: 'POST', path: '/' }, new AbortController().signal)
  const refused = expect(asked).rejects.toMatchObject({ code: 'Unavailable' })
  const socket = await taken.promise
  await clock.advance(limits.connect)
  await refused
  socket.destroy()
  await new Promise((resolve) => silent.close(resolve))
})

it('leaves a connection alone that a waiting request takes over', async () => {
  const now = new VirtualClock().now()
  const authority = await makeAuthority('test', now)
  const pair = await issue(authority, { role: 'server', commonName: 'x', hosts: ['127.0.0.1'] }, now)
  const asked: ServerResponse[] = []
  const server = createHttpsServer({ key: pair.key, cert: pair.certificate }, (_, response) => asked.push(response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const config = new KubeConfig()
  const caData = Buffer.from(authority.certificate).toString('base64')
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  config.loadFromClusterAndUser({ name: 'c', server: url, skipTLSVerify: false, caData }, { name: 'u' })
  const clock = new VirtualClock()
  const connection = new Connection(new HttpsTransport(config, { clock }), { clock, random: seededRandom(1) })
  const { signal } = new AbortController()
  const answers = Array.from({ length: limits.sockets + 1 }, () =>
    connection.json({ method: 'GET', path: '/' }, signal),
  )
  await until('all connections are in use', () => asked.length === limits.sockets)
  asked[0]?.end('{}')
  await until('one is taken over', () => asked.length === limits.sockets + 1)
  await clock.advance(limits.connect)
  for (const response of asked) response.end('{}')
  expect(await Promise.all(answers)).toEqual(answers.map(() => ({})))
  server.closeAllConnections()
  server.close()
})
