import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { localAddressTowards } from './local-address.ts'

const signal = new AbortController().signal

it('is the loopback towards the loopback', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  expect(await localAddressTowards(`https://127.0.0.1:${port}`, signal)).toBe('127.0.0.1')
  await new Promise((resolve) => server.close(resolve))
  await expect(localAddressTowards(`https://127.0.0.1:${port}`, signal)).rejects.toMatchObject({ code: 'Unavailable' })
})
