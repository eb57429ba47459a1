import { Counter, Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { systemClock } from '../../lib/clock.ts'
import { serveHealth } from './health-server.ts'

it('answers probes and scrapes, and ends', async () => {
  const stop = new AbortController()
  const metrics = new Registry()
  new Counter({ name: 'x_total', help: 'x', registers: [metrics] }).inc()
  let why: string | undefined = 'not ready: syncing'
  const listen = { host: '127.0.0.1', port: 0 }
  const { url, closed } = await serveHealth({ listen, clock: systemClock, metrics, unready: () => why }, stop.signal)
  const get = async (path: string, method = 'GET'): Promise<readonly [number, string]> => {
    const response = await fetch(url + path, { method })
    return [response.status, await response.text()]
  }
  expect(await get('/livez')).toEqual([200, 'ok'])
  expect(await get('/readyz?verbose')).toEqual([503, 'not ready: syncing'])
  why = undefined
  expect(await get('/readyz')).toEqual([200, 'ok'])
  expect(await get('/readyz', 'HEAD')).toEqual([200, ''])
  expect((await get('/metrics'))[1]).toContain('x_total 1')
  expect((await get('/api'))[0]).toBe(404)
  expect((await get('/livez', 'POST'))[0]).toBe(405)
  stop.abort()
  await closed
  await expect(get('/livez')).rejects.toThrow()
})
