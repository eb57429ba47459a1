import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { KubeConfig } from '@kubernetes/client-node'
import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../lib/clock.ts'
import { systemRandom } from '../../lib/random.ts'
import { issue, makeAuthority } from '../../lib/x509/issue.ts'
import { readCertificate } from '../../lib/x509/read.ts'
import { until } from '../../test/until.ts'
import { Connection } from './connection.ts'
import { HttpsTransport } from './https-transport.ts'
import { certificateConfig } from './pinned-cluster.ts'

const never = new AbortController().signal

it('shows a renewed certificate with the next request, and lets what is under way end in peace', async () => {
  const now = systemClock.now()
  const authority = await makeAuthority('gantry', now)
  const { certificate: cert, key } = await issue(
    authority,
    { role: 'server', commonName: 's', hosts: ['127.0.0.1'] },
    now,
  )
  const sockets = new Set<TLSSocket>()
  let release: (() => void) | undefined
  const server = createServer({ cert, key, ca: authority.certificate, requestCert: true }, (request, response) => {
    const shown = (request.socket as TLSSocket).getPeerX509Certificate()
    const who = shown === undefined ? 'nobody' : readCertificate(shown).commonName
    const answer = (): void => void response.end(JSON.stringify({ who }))
    if (request.url === '/slow') release = answer
    else answer()
  })
  server.on('secureConnection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })

  const known = new KubeConfig()
  known.loadFromClusterAndUser(
    {
      name: 'c',
      server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      caData: Buffer.from(authority.certificate).toString('base64'),
      skipTLSVerify: false,
    },
    { name: 'u', token: 'x' },
  )
  const { config, show } = certificateConfig(known)
  show(await issue(authority, { role: 'client', commonName: 'first' }, now))
  const connection = new Connection(new HttpsTransport(config, { clock: systemClock }), {
    clock: systemClock,
    random: systemRandom,
  })
  const ask = (path: string) => connection.json({ method: 'GET', path }, never)

  expect(await ask('/')).toEqual({ who: 'first' })
  const slow = ask('/slow')
  await until('the slow request arrived', () => release !== undefined)
  expect(await ask('/')).toEqual({ who: 'first' })
  expect(sockets.size).toBe(2)

  show(await issue(authority, { role: 'client', commonName: 'second' }, now))
  expect(await ask('/')).toEqual({ who: 'second' })
  await until('the idle connection of the first is closed', () => sockets.size === 2)
  release?.()
  expect(await slow).toEqual({ who: 'first' })
  await until('and the busy one when it is done', () => sockets.size === 1)
  expect(await ask('/')).toEqual({ who: 'second' })
  expect(sockets.size).toBe(1)
})
