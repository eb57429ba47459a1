import { describe, expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../../lib/log.ts'
import { seededRandom } from '../../../lib/random.ts'
import { VirtualClock } from '../../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../../store/memory/memory-store.ts'
import { Gadget } from '../../../test/builders/widget.ts'
import type { Kind } from '../../meta/kind.ts'
import { openRegistry } from '../../registry/registry.ts'
import { healthEndpoints } from './health.ts'

const kinds = [Gadget] as unknown as readonly Kind[]

async function aServer() {
  const clock = new VirtualClock()
  const store = await openMemoryStore({ clock })
  const stop = new AbortController()
  const registry = await openRegistry({ clock, random: seededRandom(1), log: silentLogger, store, kinds }, stop.signal)
  const health = healthEndpoints({ registry, clock, signal: stop.signal })
  onTestFinished(async () => {
    stop.abort(new Error('the test is over'))
    await registry.close()
    await store.close()
  })
  const ask = async (path: string, query = '') => {
    const answer = await health(path, new URLSearchParams(query), new AbortController().signal)
    return answer === undefined ? undefined : { status: answer.status, text: await answer.text() }
  }
  return { ask, store, stop }
}

describe('a server that is well', () => {
  it.each([
    ['/livez', '', 200, 'ok'],
    ['/readyz', '', 200, 'ok'],
    ['/readyz/store', '', 200, 'ok'],
    ['/readyz/nothing', '', 404, '404 page not found\n'],
    ['/livez/ping/more', '', 404, '404 page not found\n'],
    ['/livez/constructor', '', 404, '404 page not found\n'],
    ['/livez', 'verbose', 200, '[+]ping ok\nlivez check passed\n'],
    ['/readyz', 'verbose', 200, '[+]ping ok\n[+]store ok\n[+]shutdown ok\nreadyz check passed\n'],
    [
      '/readyz',
      'verbose&exclude=store&exclude=x&exclude=y',
      200,
      '[+]ping ok\n[+]store excluded: ok\n[+]shutdown ok\nwarn: some health checks cannot be excluded: no matches for "x", "y"\nreadyz check passed\n',
    ],
  ])('%s?%s', async (path, query, status, text) => {
    const { ask } = await aServer()
    expect(await ask(path, query)).toEqual({ status, text })
  })

  it('leaves other paths to others', async () => {
    const { ask } = await aServer()
    expect(await ask('/healthy')).toBeUndefined()
    expect(await ask('/constructor')).toBeUndefined()
  })
})

describe('a server that is not', () => {
  it('is alive, but not ready, while its store is away', async () => {
    const { ask, store } = await aServer()
    await store.close()
    expect(await ask('/livez')).toMatchObject({ status: 200 })
    expect(await ask('/readyz')).toMatchObject({
      status: 500,
      text: expect.stringMatching(/^\[\+\]ping ok\n\[-\]store failed: .+\n\[\+\]shutdown ok\nreadyz check failed\n$/),
    })
    expect(await ask('/readyz/store')).toMatchObject({
      status: 500,
      text: expect.stringMatching(/^internal server error: /),
    })
    expect(await ask('/readyz', 'exclude=store')).toMatchObject({ status: 200 })
  })

  it('is not ready once it stops', async () => {
    const { ask, stop } = await aServer()
    stop.abort(new Error('stopping'))
    expect(await ask('/readyz/shutdown')).toMatchObject({ status: 500 })
    expect(await ask('/livez')).toMatchObject({ status: 200 })
  })
})
