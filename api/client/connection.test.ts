import { createServer, type Socket } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'
import { expect, it } from 'vitest'
import { seededRandom } from '../../lib/random.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
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
